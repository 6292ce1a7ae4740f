/// How the engine is offered over HTTP.
package struct GraphQLOptions: Sendable {
    package var path = "/graphql"
    /// Origins, such as `https://console.example`, whose pages may open streams beside those of the service itself.
    package var allowedOrigins: Set<String> = []
    /// Of a request's body.
    package var bodyBytes = 1 << 20
    /// Of a WebSocket message.
    package var messageBytes = 256 * 1024
    /// Between two signs of life on a stream.
    package var heartbeat = Duration.seconds(12)
    /// Within which a WebSocket client has to send `connection_init`.
    package var initialization = Duration.seconds(3)
    /// Subscriptions at once on one WebSocket.
    package var subscriptions = 50
    package var subscriptionLifetime = Duration.seconds(3600)
    /// Whether browsers are shown the explorer.
    package var showsExplorer = true

    /// Whether the service is for this machine alone: a page that reaches it by a public name was led here.
    package var isLoopbackOnly = false

    package init() {}

    /// Whether a page of that origin may open a stream. Clients other than browsers send no origin.
    func allows(origin: String?, host: String?) -> Bool {
        guard let origin else { return true }
        if allowedOrigins.contains(origin) { return true }
        if isLoopbackOnly, Loopback.isPublicName(host ?? "") { return false }
        let own = origin.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false).last.map(String.init)
        return own?.isEmpty == false && own == host
    }
}
