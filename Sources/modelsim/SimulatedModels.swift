import HTTPTypes
import JSON

/// The models of all endpoints: what they reply, without any waiting or sending.
struct SimulatedModels: Sendable {
    var dimensions = 384
    var seed: UInt64 = 0
    /// The latency before the first token; a stream takes half of it again for the rest.
    var latency: Duration = .zero

    enum Endpoint: String {
        case embeddings = "/v1/embeddings"
        case chat = "/v1/chat/completions"
        case images = "/v1/images/generations"
    }

    /// - Throws: `APIError` for a request that the endpoint can't take.
    func reply(at endpoint: Endpoint, to json: JSON, fault: FaultAction?, time: Int64) throws(APIError) -> Reply {
        guard json.objectValue != nil else { throw .badRequest("The request body must be a JSON object.") }
        var reply: Reply
        switch endpoint {
        case .embeddings:
            reply = Reply(body: .json(try EmbeddingsRequest(json, defaultDimensions: dimensions).answer()))
        case .images: reply = Reply(json: try ImagesRequest(json).answer(created: time / 1000))
        case .chat: reply = chatReply(to: try ChatRequest(json), fault: fault, time: time)
        }
        switch fault {
        case .status(let code, let body, let headers)?:
            reply = Reply(status: .init(code: code), headers: headers, json: body ?? Self.failure(status: code))
        case .truncate?: reply.isTruncated = true
        case .badJSON? where endpoint != .chat: reply.body = .json(Array(#"{"data": [oops"#.utf8))
        case .streamError? where endpoint != .chat: reply = Reply(json: ["error": ChatStream.providerError])
        default: break
        }
        return reply
    }

    private func chatReply(to request: ChatRequest, fault: FaultAction?, time: Int64) -> Reply {
        let answer = ChatAnswer(to: request, seed: seed, created: time / 1000, fault: fault)
        if request.isStream {
            let spread = min(latency / 2, .milliseconds(400))
            let stream = ChatStream(answer: answer, includesUsage: request.includesUsage, spread: spread)
            return Reply(body: .events(stream.events(fault: fault)))
        }
        return fault == .streamError ? Reply(json: ["error": ChatStream.providerError]) : Reply(json: answer.json)
    }

    private static func failure(status: Int) -> JSON {
        let error = APIError(
            status: .init(code: status), message: "The simulator was told to answer \(status).",
            type: status == 429 ? "rate_limit_error" : status < 500 ? "invalid_request_error" : "server_error",
            code: "simulated_fault")
        return error.json
    }

    /// The answer of `GET /v1/models`.
    static let list: JSON = [
        "object": "list",
        "data": .array(
            ["modelsim-chat", "modelsim-embed", "modelsim-image"].map { id in
                ["id": .string(id), "object": "model", "created": 1_767_225_600, "owned_by": "modelsim"]
            }),
    ]
}
