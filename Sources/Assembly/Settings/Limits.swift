/// What the server takes at once, and for how long.
struct ServerLimits: Sendable {
    var connections: Int
    /// Requests of a workspace.
    var workspaceConcurrency: Int
    /// Between two requests of a connection.
    var idleTimeout: Duration
    /// For a request to arrive whole.
    var requestTimeout: Duration
}
