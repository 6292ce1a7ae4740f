import JSON
import Testing

@testable import modelsim

struct ChatAnswerTests {
    private static func answer(_ members: JSONObject = [:], seed: UInt64 = 0, fault: FaultAction? = nil) throws -> ChatAnswer {
        ChatAnswer(to: try ChatRequest(Prompts.chat(members)), seed: seed, created: 1, fault: fault)
    }

    private static let format: JSON = [
        "type": "json_schema", "json_schema": ["name": "post", "strict": true, "schema": Prompts.post],
    ]

    private static func chunks(_ events: [StreamEvent]) throws -> [JSON] {
        try events.compactMap { event in
            let text = String(decoding: event.bytes, as: UTF8.self)
            #expect(text.hasSuffix("\n\n"))
            guard text.hasPrefix("data: {") else { return nil }
            return try JSON(parsing: String(text.dropFirst(6).dropLast(2)))
        }
    }

    @Test func `the answer conforms to the schema of the request`() throws {
        let content = try #require(try Self.answer(["response_format": Self.format]).content)
        #expect(JSONSchema(Prompts.post).violations(in: try JSON(parsing: content)) == [])
    }

    @Test func `the seed and the messages decide the answer`() throws {
        #expect(try Self.answer().content == Self.answer().content)
        #expect(try Self.answer(seed: 1).content != Self.answer(seed: 2).content)
    }

    @Test func `an answer that exceeds its tokens is cut`() throws {
        let answer = try Self.answer(["max_tokens": 5])
        #expect(answer.content?.unicodeScalars.count == 20)
        #expect(answer.finishReason == "length")
        #expect(answer.usage["completion_tokens"] == 5)
    }

    @Test func `faults change what is said`() throws {
        #expect(throws: JSONSyntaxError.self) { try JSON(parsing: Self.answer(fault: .badJSON).content ?? "") }
        #expect(try Self.answer(fault: .length).finishReason == "length")
        #expect(try Self.answer(fault: .contentFilter).finishReason == "content_filter")
        let refusal = try Self.answer(fault: .refusal).json
        #expect(refusal["choices"]?[0]?["message"]?["content"] == .null)
        #expect(refusal["choices"]?[0]?["message"]?["refusal"]?.stringValue != nil)
    }

    @Test func `the chunks of a stream add up to the answer`() throws {
        let answer = try Self.answer(["response_format": Self.format])
        let events = ChatStream(answer: answer, includesUsage: true, spread: .milliseconds(50)).events()
        let chunks = try Self.chunks(events)
        let deltas = chunks.compactMap { $0["choices"]?[0]?["delta"] }
        #expect(deltas.first?["role"] == "assistant")
        #expect(deltas.compactMap { $0["content"]?.stringValue }.joined() == answer.content)
        #expect(chunks.dropLast().last?["choices"]?[0]?["finish_reason"] == "stop")
        #expect(chunks.last?["usage"] == answer.usage)
        #expect(events.last == .done)
        #expect(events.reduce(.zero) { $0 + $1.pause } <= .milliseconds(50))
    }

    @Test func `a stream fails in the ways that it is told to`() throws {
        let stream = ChatStream(answer: try Self.answer(), includesUsage: false, spread: .zero)
        #expect(stream.events(fault: .noDone) == stream.events().dropLast())
        let broken = try Self.chunks(stream.events(fault: .streamError))
        #expect(broken.last?["error"]?["code"] == 502)
        #expect(broken.last?["choices"]?[0]?["finish_reason"] == "error")
        let slow = stream.events(fault: .comments(100))
        #expect(slow.reduce(.zero) { $0 + $1.pause } == .milliseconds(100))
        #expect(slow.filter { $0.bytes.starts(with: ": ".utf8) }.count == 10)
    }

    @Test func `content parts are read`() throws {
        let request = try ChatRequest([
            "model": "m",
            "messages": [
                [
                    "role": "user",
                    "content": [
                        ["type": "text", "text": "What is this?"], ["type": "image_url", "image_url": ["url": "data:,"]],
                    ],
                ]
            ],
        ])
        #expect(request.messages[0].text == "What is this?")
        #expect(request.messages[0].pictures == 1)
    }

    @Test(
        arguments: [
            [:], ["model": "m"], ["messages": []], ["model": "m", "messages": []],
            ["model": "m", "messages": [["role": "user"]]],
            ["model": "m", "messages": [["role": "user", "content": [["type": "video"]]]]],
            Prompts.chat(["response_format": ["type": "json_schema"]]), Prompts.chat(["max_tokens": 0]),
        ] as [JSON])
    func `an ill-formed request is refused`(request: JSON) {
        #expect(throws: APIError.self) { try ChatRequest(request) }
    }
}
