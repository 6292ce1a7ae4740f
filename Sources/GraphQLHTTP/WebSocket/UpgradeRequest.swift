import NIOHTTP1

/// A first request that may ask for a WebSocket (RFC 6455, section 4.2.1).
struct UpgradeRequest {
    static let subprotocol = "graphql-transport-ws"

    private let head: HTTPRequestHead

    init(_ head: HTTPRequestHead) { self.head = head }

    var wantsSubprotocol: Bool { head.headers[canonicalForm: "sec-websocket-protocol"].contains { $0 == Self.subprotocol } }

    /// Whether it names a WebSocket; other protocols are not spoken here, and a server may overlook them (RFC 9110,
    /// section 7.8).
    var namesWebSocket: Bool { head.headers[canonicalForm: "upgrade"].contains { $0.lowercased() == "websocket" } }

    var handshake: WebSocketAccess.Handshake {
        let query = head.uri.drop { $0 != "?" }.dropFirst().split(separator: "&")
        let ticket = query.first { $0.hasPrefix("ticket=") }.map { String($0.dropFirst("ticket=".count)) }
        return WebSocketAccess.Handshake(authorization: head.headers.first(name: "authorization"), ticket: ticket)
    }

    /// Why it is none that can be had.
    func refusal(_ options: GraphQLOptions) -> (status: HTTPResponseStatus, reason: String)? {
        if head.method != .GET || !head.headers[canonicalForm: "connection"].contains(where: { $0.lowercased() == "upgrade" }) {
            return (.badRequest, "A WebSocket is asked for by GET, with Connection: Upgrade.")
        }
        if head.uri.prefix(while: { $0 != "?" }) != options.path { return (.notFound, "WebSockets are at \(options.path).") }
        if head.headers["sec-websocket-version"] != ["13"] { return (.upgradeRequired, "The WebSocket version is 13.") }
        if head.headers["sec-websocket-key"].count != 1 { return (.badRequest, "A WebSocket has one key.") }
        if !options.allows(origin: head.headers.first(name: "origin"), host: head.headers.first(name: "host")) {
            return (.forbidden, "Pages of this origin may not open streams here.")
        }
        return nil
    }
}
