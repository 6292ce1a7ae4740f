import JSON

/// An answer as the chunks of a stream.
struct ChatStream {
    let answer: ChatAnswer
    let includesUsage: Bool
    /// Over which time the pieces of text are spread.
    let spread: Duration

    /// All events of the stream; `fault` may make it end early or hold it up.
    func events(fault: FaultAction? = nil) -> [StreamEvent] {
        var events = [chunk(delta: ["role": "assistant", "content": ""])]
        let pieces = Self.pieces(of: answer.content ?? answer.refusal ?? "")
        let pause = pieces.isEmpty ? .zero : spread / pieces.count
        let name = answer.refusal == nil ? "content" : "refusal"
        events += pieces.map { chunk(delta: [name: .string($0)], pause: pause) }
        if case .comments(let milliseconds)? = fault { events = Self.comments(milliseconds) + events }
        if case .streamError? = fault { return events.prefix(max(2, events.count / 2)) + [errorChunk] }
        events.append(chunk(delta: .object([:]), finishReason: .string(answer.finishReason)))
        if includesUsage { events.append(event(choices: [], also: [JSONObject.Member(key: "usage", value: answer.usage)])) }
        if case .noDone? = fault { return events }
        return events + [.done]
    }

    /// OpenRouter's word for a provider that fails once the status has been sent.
    static let providerError: JSON = ["code": 502, "message": "Provider disconnected unexpectedly"]

    private var errorChunk: StreamEvent {
        let choice: JSON = ["index": 0, "delta": ["content": ""], "finish_reason": "error"]
        return event(choices: [choice], also: [JSONObject.Member(key: "error", value: Self.providerError)])
    }

    private func chunk(delta: JSON, finishReason: JSON = .null, pause: Duration = .zero) -> StreamEvent {
        event(choices: [["index": 0, "delta": delta, "finish_reason": finishReason]], pause: pause)
    }

    private func event(choices: [JSON], also: [JSONObject.Member] = [], pause: Duration = .zero) -> StreamEvent {
        let head: JSONObject = [
            "id": .string(answer.id), "object": "chat.completion.chunk", "created": .integer(answer.created),
            "model": .string(answer.model), "choices": .array(choices),
        ]
        var bytes = Array("data: ".utf8)
        JSON.object(JSONObject(head.members + also)).write(into: &bytes)
        bytes += "\n\n".utf8
        return StreamEvent(bytes: bytes, pause: pause)
    }

    /// Some words each, at most about twenty of them; joined they are the text again.
    static func pieces(of text: String) -> [String] {
        let bytes = Array(text.utf8)
        let wordsPerPiece = max(4, bytes.count(where: { $0 == 0x20 }) / 20)
        var pieces: [String] = []
        var start = 0
        var words = 0
        for index in bytes.indices where bytes[index] == 0x20 {
            words += 1
            guard words == wordsPerPiece else { continue }
            pieces.append(String(decoding: bytes[start...index], as: UTF8.self))
            start = index + 1
            words = 0
        }
        if start < bytes.count { pieces.append(String(decoding: bytes[start...], as: UTF8.self)) }
        return pieces
    }

    /// OpenRouter's keep-alive lines, about ten of them and one a second at the least.
    private static func comments(_ milliseconds: Int) -> [StreamEvent] {
        let interval = min(1000, max(10, milliseconds / 10))
        let comment = Array(": keep-alive\n\n".utf8)
        return (0..<(milliseconds / interval)).map { _ in StreamEvent(bytes: comment, pause: .milliseconds(interval)) }
    }
}
