import JSON

/// What the simulated model says to a chat request.
struct ChatAnswer {
    var id: String
    var created: Int64
    var model: String
    /// Nil in a refusal.
    var content: String?
    var refusal: String?
    var finishReason = "stop"
    var promptTokens: Int

    /// - Parameters:
    ///   - seed: that of the simulator; equal requests to equal seeds are answered equally.
    ///   - fault: one that changes what is said; others are ignored.
    init(to request: ChatRequest, seed: UInt64, created: Int64, fault: FaultAction? = nil) {
        let fingerprint = request.fingerprint(seed: seed)
        id = "chatcmpl-sim-" + String(fingerprint, radix: 16)
        self.created = created
        model = request.model
        promptTokens = request.promptTokens
        let text = Self.text(for: request, seed: fingerprint)
        content = text
        if let limit = request.maximumTokens, let cut = TokenCount.cut(text, toTokens: limit) {
            content = cut
            finishReason = "length"
        }
        apply(fault, to: text)
    }

    private static func text(for request: ChatRequest, seed: UInt64) -> String {
        switch request.format {
        case .text: proseText(for: request, seed: seed)
        case .anyObject: (["answer": .string(proseText(for: request, seed: seed))] as JSON).text
        case .schema(let schema):
            {
                var filler = SchemaFiller(messages: request.messages, seed: seed)
                return filler.value(for: schema).text
            }()
        }
    }

    /// Two to four sentences of the prompt.
    private static func proseText(for request: ChatRequest, seed: UInt64) -> String {
        var material = PromptMaterial(messages: request.messages, seed: seed)
        var random = SeededRandom(seed: seed)
        var sentences: [String] = []
        for _ in 0..<(2 + random.index(below: 3)) {
            let place = material.pool[random.index(below: material.pool.count)]
            let sentence = material.nextSentence(of: place).cleaned
            if !sentences.contains(sentence) { sentences.append(sentence) }
        }
        return sentences.joined(separator: " ")
    }

    private mutating func apply(_ fault: FaultAction?, to text: String) {
        func half() -> String { String(text.prefix(max(1, text.count / 2))) }
        switch fault {
        case .badJSON?: content = "Here you are: {\"" + half()
        case .length?:
            content = half()
            finishReason = "length"
        case .contentFilter?:
            content = ""
            finishReason = "content_filter"
        case .refusal?:
            content = nil
            refusal = "I'm sorry, but I can't help with that."
        default: break
        }
    }

    var usage: JSON {
        let completionTokens = TokenCount.tokens(in: content ?? refusal ?? "")
        return [
            "prompt_tokens": JSON(promptTokens), "completion_tokens": JSON(completionTokens),
            "total_tokens": JSON(promptTokens + completionTokens),
        ]
    }

    /// The answer to a request that does not stream.
    var json: JSON {
        let message: JSON = ["role": "assistant", "content": JSON(content), "refusal": JSON(refusal)]
        return [
            "id": .string(id), "object": "chat.completion", "created": .integer(created), "model": .string(model),
            "choices": [["index": 0, "message": message, "logprobs": .null, "finish_reason": .string(finishReason)]],
            "usage": usage,
        ]
    }
}
