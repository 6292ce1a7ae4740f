package import GraphQL
package import JSON

/// Who may use a WebSocket, and for how long.
package struct WebSocketAccess: Sendable {
    /// Gives the `connection_init` payload its meaning: what resolvers are given; nil refuses the connection.
    let authenticate: @Sendable (_ payload: JSON) async -> (any Sendable)?
    /// Says why an operation may not begin now; nil when it may.
    let admit: @Sendable (_ context: any Sendable) -> GraphQLError?
    /// Whether the connection may go on; asked once a second.
    let isValid: @Sendable (_ context: any Sendable) async -> Bool

    package init(
        authenticate: @escaping @Sendable (_ payload: JSON) async -> (any Sendable)?,
        admit: @escaping @Sendable (_ context: any Sendable) -> GraphQLError?,
        isValid: @escaping @Sendable (_ context: any Sendable) async -> Bool
    ) {
        self.authenticate = authenticate
        self.admit = admit
        self.isValid = isValid
    }
}
