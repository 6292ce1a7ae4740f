package import GraphQL
package import JSON

/// Who may use a WebSocket, and for how long.
package struct WebSocketAccess: Sendable {
    /// What came with the request for the WebSocket: programs can send headers, and browsers an address.
    package struct Handshake: Sendable {
        package var authorization: String?
        package var ticket: String?
    }

    /// Gives the `connection_init` payload its meaning: what resolvers are given; nil refuses the connection.
    let authenticate: @Sendable (_ payload: JSON, _ handshake: Handshake) async -> (any Sendable)?
    /// Lets an operation begin, or says why it may not now.
    let admit: @Sendable (_ context: any Sendable) async -> Admission
    /// Whether the connection may go on; asked once a second.
    let isValid: @Sendable (_ context: any Sendable) async -> Bool

    package enum Admission: Sendable {
        case refused(GraphQLError)
        /// With what is kept while the operation is worked on: a place among those of its workspace.
        case admitted(place: (any Sendable)?)
    }

    package init(
        authenticate: @escaping @Sendable (_ payload: JSON, _ handshake: Handshake) async -> (any Sendable)?,
        admit: @escaping @Sendable (_ context: any Sendable) async -> Admission,
        isValid: @escaping @Sendable (_ context: any Sendable) async -> Bool
    ) {
        self.authenticate = authenticate
        self.admit = admit
        self.isValid = isValid
    }
}
