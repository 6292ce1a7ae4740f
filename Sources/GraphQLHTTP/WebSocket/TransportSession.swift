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
        /// A start gave its last answer.
        case ended(start: Int)
        case shutdown
    }

    enum Action: Sendable, Hashable {
        case send(JSON)
        case authenticate(JSON)
        /// Starts are numbered: an id may be used again behind its end.
        case start(Int, id: String, GraphQLRequest)
        case stop(start: Int)
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
    /// The start of each id that is in use.
    private var running: [String: Int] = [:]
    private var lastStart = 0
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    /// Whether answers of the start are still wanted.
    func isRunning(_ start: Int) -> Bool { running.values.contains(start) }

    private mutating func remove(_ start: Int) -> String? {
        guard let id = running.first(where: { $0.value == start })?.key else { return nil }
        running[id] = nil
        return id
    }

    mutating func handle(_ event: Event) -> [Action] {
        guard state != .closed else { return [] }
        switch event {
        case .binary: return close(.badRequest)
        case .initializationTimeout: return state == .waiting ? close(.initializationTimeout) : []
        case .authenticated(let isAllowed):
            guard isAllowed else { return close(.forbidden) }
            state = .ready
            return [.send(["type": "connection_ack"])]
        case .ended(let start):
            guard let id = remove(start) else { return [] }
            return [.send(["id": .string(id), "type": "complete"])]
        case .shutdown: return close(.goingAway)
        case .text(let text): return message(text)
        }
    }

    private mutating func close(_ code: CloseCode) -> [Action] {
        state = .closed
        let stopped = running.values.sorted().map(Action.stop)
        running = [:]
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
            return running.removeValue(forKey: id).map { [.stop(start: $0)] } ?? []
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
        guard running[id] == nil else { return close(.subscriberExists) }
        let request: GraphQLRequest
        do throws(MalformedRequest) {
            request = try GraphQLRequest(json: payload)
        } catch {
            return close(.badRequest)
        }
        guard running.count < limit else {
            return [refusal(id)]
        }
        lastStart += 1
        running[id] = lastStart
        return [.start(lastStart, id: id, request)]
    }

    /// Of a start that was refused, or failed; nothing follows it.
    mutating func fail(_ start: Int, _ errors: [GraphQLError]) -> [Action] {
        guard state != .closed, let id = remove(start) else { return [] }
        return [.send(Self.error(id, errors))]
    }

    /// Of an operation beyond the limit.
    func refusal(_ id: String) -> Action {
        .send(Self.error(id, [GraphQLError("This connection has \(limit) operations already.", code: "SUBSCRIPTION_LIMIT_EXCEEDED")]))
    }

    private static func error(_ id: String, _ errors: [GraphQLError]) -> JSON {
        ["id": .string(id), "type": "error", "payload": .array(errors.map(\.json))]
    }

    static func next(_ id: String, _ response: Response) -> JSON {
        ["id": .string(id), "type": "next", "payload": response.json]
    }
}
