import GraphQL
import JSON

/// The graphql-transport-ws protocol of one connection, as a value: an event in, actions out.
///
/// Source: PROTOCOL.md of graphql-ws, subprotocol graphql-transport-ws.
struct TransportSession: Sendable {
    enum Event: Sendable {
        case text(String)
        case binary
        /// `connection_init` did not come in time.
        case initializationTimeout
        /// What authenticating the `connection_init` payload came to.
        case authenticated(Bool)
        /// An operation gave its last answer.
        case ended(id: String)
        case shutdown
    }

    enum Action: Sendable, Hashable {
        case send(JSON)
        case authenticate(JSON)
        case start(id: String, GraphQLRequest)
        case stop(id: String)
        case close(CloseCode)
    }

    enum CloseCode: UInt16, Sendable {
        case goingAway = 1001
        case badRequest = 4400
        case unauthorized = 4401
        case forbidden = 4403
        case subprotocolNotAcceptable = 4406
        case initializationTimeout = 4408
        case subscriberExists = 4409
        case tooManyInitializations = 4429
        case internalError = 4500

        /// At most 123 bytes (RFC 6455, section 5.5).
        var reason: String {
            switch self {
            case .goingAway: "Going away"
            case .badRequest: "Invalid message"
            case .unauthorized: "Unauthorized"
            case .forbidden: "Forbidden"
            case .subprotocolNotAcceptable: "Subprotocol not acceptable"
            case .initializationTimeout: "Connection initialisation timeout"
            case .subscriberExists: "Subscriber already exists"
            case .tooManyInitializations: "Too many initialisation requests"
            case .internalError: "Internal server error"
            }
        }
    }

    private enum State { case waiting, authenticating, ready, closed }

    private var state = State.waiting
    private var running: Set<String> = []
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    /// Whether answers of the operation are still wanted.
    func isRunning(_ id: String) -> Bool { running.contains(id) }

    mutating func handle(_ event: Event) -> [Action] {
        guard state != .closed else { return [] }
        switch event {
        case .binary: return close(.badRequest)
        case .initializationTimeout: return state == .waiting ? close(.initializationTimeout) : []
        case .authenticated(let isAllowed):
            guard isAllowed else { return close(.forbidden) }
            state = .ready
            return [.send(["type": "connection_ack"])]
        case .ended(let id):
            guard running.remove(id) != nil else { return [] }
            return [.send(["id": .string(id), "type": "complete"])]
        case .shutdown: return close(.goingAway)
        case .text(let text): return message(text)
        }
    }

    private mutating func close(_ code: CloseCode) -> [Action] {
        state = .closed
        let stopped = running.sorted().map(Action.stop)
        running = []
        return stopped + [.close(code)]
    }

    private mutating func message(_ text: String) -> [Action] {
        guard let message = try? JSON(parsing: Array(text.utf8), maximumDepth: 64), message.objectValue != nil,
            Self.isPayload(message["payload"])
        else { return close(.badRequest) }
        switch message["type"]?.stringValue {
        case "connection_init":
            guard state == .waiting else { return close(.tooManyInitializations) }
            state = .authenticating
            return [.authenticate(message["payload"] ?? [:])]
        case "ping":
            var pong: JSONObject = ["type": "pong"]
            pong["payload"] = message["payload"]
            return [.send(.object(pong))]
        case "pong": return []
        case "subscribe": return subscribe(message)
        case "complete":
            guard let id = message["id"]?.stringValue else { return close(.badRequest) }
            return running.remove(id) == nil ? [] : [.stop(id: id)]
        default: return close(.badRequest)
        }
    }

    private static func isPayload(_ payload: JSON?) -> Bool {
        switch payload {
        case nil, .null?, .object?: true
        default: false
        }
    }

    private mutating func subscribe(_ message: JSON) -> [Action] {
        guard state == .ready else { return close(.unauthorized) }
        guard let id = message["id"]?.stringValue, !id.isEmpty, id.utf8.count <= 256, let payload = message["payload"] else {
            return close(.badRequest)
        }
        guard !running.contains(id) else { return close(.subscriberExists) }
        let request: GraphQLRequest
        do throws(MalformedRequest) {
            request = try GraphQLRequest(json: payload)
        } catch {
            return close(.badRequest)
        }
        guard running.count < limit else {
            let error = GraphQLError("This connection has \(limit) operations already.", code: "SUBSCRIPTION_LIMIT_EXCEEDED")
            return [.send(Self.error(id, [error]))]
        }
        running.insert(id)
        return [.start(id: id, request)]
    }

    /// Of an operation that was refused, or failed; nothing follows it.
    mutating func fail(_ id: String, _ errors: [GraphQLError]) -> [Action] {
        guard running.remove(id) != nil else { return [] }
        return [.send(Self.error(id, errors))]
    }

    private static func error(_ id: String, _ errors: [GraphQLError]) -> JSON {
        ["id": .string(id), "type": "error", "payload": .array(errors.map(\.json))]
    }

    static func next(_ id: String, _ response: Response) -> JSON {
        ["id": .string(id), "type": "next", "payload": response.json]
    }
}
