import JSON
import Knowledge

/// The tokens that an API says it has billed.
enum TokenCount {
    /// More than one call can take; what lies beyond is a fault of the API.
    private static let most = 1_000_000_000

    /// The first that is a number, else 0.
    static func reading(_ values: JSON?...) -> Int { min(max(values.lazy.compactMap { $0?.integerValue }.first ?? 0, 0), most) }
}

/// A chat answer put together from a whole body or from a stream's pieces.
struct Completion: Sendable {
    private(set) var content = ""
    private(set) var model = ""
    private(set) var usage = Usage()
    private(set) var finishReason: String?
    private var refusal = ""

    init() { usage.languageCalls = 1 }

    /// Takes a `chat.completion` or a `chat.completion.chunk`.
    ///
    /// - Returns: the content that it held.
    /// - Throws: `ModelError` for an error inside an answer that began with status 200, as OpenRouter sends it.
    mutating func take(_ json: JSON) throws(ModelError) -> String {
        if let error = json["error"], error != .null {
            let status = error["code"]?.integerValue ?? 0
            throw ModelError(
                status == 0 ? .unavailable : ModelError.Kind(status: status), status: status,
                detail: String((error["message"]?.stringValue ?? "").prefix(500)))
        }
        if let model = json["model"]?.stringValue { self.model = model }
        if let usage = json["usage"], usage.objectValue != nil {
            self.usage.inputTokens = TokenCount.reading(usage["prompt_tokens"])
            self.usage.outputTokens = TokenCount.reading(usage["completion_tokens"])
        }
        guard let choice = json["choices"]?[0] else { return "" }
        if let error = choice["error"], error != .null {
            throw ModelError(.unavailable, detail: String((error["message"]?.stringValue ?? "error in a choice").prefix(500)))
        }
        if let reason = choice["finish_reason"]?.stringValue { finishReason = reason }
        let part = choice["delta"] ?? choice["message"]
        refusal += part?["refusal"]?.stringValue ?? ""
        let piece = part?["content"]?.stringValue ?? ""
        content += piece
        return piece
    }

    /// The content, if the answer ended as it should.
    func finished() throws(ModelError) -> Completion {
        if !refusal.isEmpty { throw ModelError(.refused, detail: "refusal") }
        switch finishReason {
        case "stop"?: return self
        case "length"?: throw ModelError(.truncated)
        case "content_filter"?: throw ModelError(.refused, detail: "content filter")
        case "error"?: throw ModelError(.unavailable, detail: "finish_reason error")
        case nil: throw ModelError(.unavailable, detail: "the answer has no finish_reason")
        case let other?: throw ModelError(.invalidOutput, detail: "finish_reason \(other)")
        }
    }
}
