import Foundation
import JSON
import Knowledge
import LocalParts
import Telemetry
import Testing
import Transfer

@testable import ModelClients

@Suite(.serialized) struct `Model APIs` {
    private func transport(_ server: ModelServer, patience: Duration = .seconds(5)) -> ModelTransport {
        var timeouts = TransferTimeouts()
        (timeouts.firstByte, timeouts.idle, timeouts.total) = (patience, .milliseconds(500), patience * 2)
        return ModelTransport(
            client: TransferClient(),
            endpoint: ModelEndpoint(baseURL: server.baseURL, apiKey: Secret("secret"), timeouts: timeouts, maximumConcurrency: 4),
            budget: SharedRetryBudget(), breakers: CircuitBreakers(),
            watch: ModelWatch(metrics: Metrics(), meter: UnmeteredUsage()))
    }

    private func set(_ action: JSON, times: Int, _ server: ModelServer) async throws {
        let faults: JSON = ["faults": [["times": JSON(times), "action": action]]]
        let request = TransferRequest(
            method: "PUT", url: server.controlURL + "/faults", headers: [("content-type", "application/json")],
            body: .bytes(faults.utf8Bytes))
        let response = try await TransferClient().send(request)
        try #require(response.status < 300)
    }

    private let request = ModelRequest(
        messages: [ModelMessage(.user, "Say something nice.")], schemaName: "s",
        schema: JSONSchema([
            "type": "object", "properties": ["text": ["type": "string"]], "required": ["text"], "additionalProperties": false,
        ]))

    @Test func `vectors have unit length, in the order of the texts, over several batches`() async throws {
        let server = try await ModelServer()
        let api = EmbeddingsAPI(transport: transport(server), model: "m", style: .prefixes(query: "q: ", passage: "p: "))
        let texts = (0..<150).map { "text number \($0)" }
        let answer = try await api.embed(texts, as: .passage)
        #expect(answer.vectors.count == 150 && answer.usage.embeddingCalls == 3 && answer.usage.embeddingTokens > 0)
        for vector in answer.vectors { #expect(abs(vector.map { $0 * $0 }.reduce(0, +) - 1) < 1e-4) }
        #expect(try await api.embed([texts[77]], as: .passage).vectors[0] == answer.vectors[77])
        #expect(try await api.embed([texts[77]], as: .query).vectors[0] != answer.vectors[77])
        #expect(try await api.embed([], as: .query).vectors.isEmpty)
    }

    @Test func `the batches of a long list are asked for at once`() async throws {
        let server = try await ModelServer()
        let api = EmbeddingsAPI(transport: transport(server), model: "m", style: .none)
        try await set(["type": "delay", "ms": 1_000], times: -1, server)
        let start = ContinuousClock.now
        #expect(try await api.embed((0..<250).map { "text number \($0)" }, as: .passage).vectors.count == 250)
        #expect(ContinuousClock.now - start < .seconds(3))
    }

    @Test func `who asked for the call may wait for less than the call may take`() async throws {
        let server = try await ModelServer()
        let api = EmbeddingsAPI(transport: transport(server, patience: .seconds(60)), model: "m", style: .none)
        try await set(["type": "hang"], times: -1, server)
        let start = ContinuousClock.now
        let impatient = WorkContext.with { $0.deadline = .now + .milliseconds(400) }
        do {
            _ = try await WorkContext.$current.withValue(impatient) { try await api.embed(["text"], as: .query) }
            Issue.record("an answer of an API that hangs")
        } catch let error as ModelError {
            #expect(error.kind == .timedOut && ContinuousClock.now - start < .seconds(40), "\(error)")
        }
    }

    @Test func `answers conform to the schema and count their tokens`() async throws {
        let server = try await ModelServer()
        let answer = try await ChatAPI(transport: transport(server), model: "m", fallbackModels: []).answer(request)
        #expect(request.schema.violations(in: answer.value).isEmpty)
        #expect(answer.usage.languageCalls == 1 && answer.usage.inputTokens > 0 && answer.attempts == 1)
    }

    @Test(
        arguments: [
            (["type": "status", "status": 400], 9, .rejected), (["type": "status", "status": 401], 9, .unauthorized),
            (["type": "status", "status": 404], 9, .unknownModel), (["type": "length"], 9, .truncated),
            (["type": "contentFilter"], 9, .refused),
            (["type": "refusal"], 9, .refused), (["type": "status", "status": 500], 9, .unavailable), (["type": "close"], 9, .unavailable),
            (["type": "noDone"], 9, .unavailable), (["type": "comments", "ms": 5000], 9, .timedOut),
            (["type": "streamError"], 9, .unavailable),
            (["type": "status", "status": 500], 1, nil), (["type": "close"], 2, nil), (["type": "badJSON"], 1, nil),
        ] as [(JSON, Int, ModelError.Kind?)])
    func `a fault ends as its kind, or passes`(action: JSON, times: Int, kind: ModelError.Kind?) async throws {
        let server = try await ModelServer()
        try await set(action, times: times, server)
        do {
            _ = try await ChatAPI(transport: transport(server), model: "m", fallbackModels: []).answer(request)
            #expect(kind == nil, "\(action.text)")
        } catch let error as ModelError {
            #expect(error.kind == kind, "\(action.text): \(error) \(error.detail)")
            #expect(!"\(error) \(error.detail)".contains("secret"))
        }
    }

    @Test(arguments: ["{\"a\":1}", "```json\n{\"a\":1}\n```", "Here it is: {\"a\":1} I hope.", "{\"a\":1,}", "\n{\"a\":1\n}\n"])
    func `the usual slips of models are mended`(text: String) throws { #expect(try OutputRepair.parse(text) == ["a": 1]) }

    @Test func `raw line breaks in strings are mended, nonsense is not`() throws {
        #expect(try OutputRepair.parse("{\"a\":\"x\ny\"}") == ["a": "x\ny"])
        for text in ["", "sorry", "{\"a\":", "}{"] { #expect(throws: JSONSyntaxError.self) { try OutputRepair.parse(text) } }
    }

    @Test func `events come whole however the bytes are cut`() {
        let stream = Array(": hi\r\n\r\ndata: one\n\ndata:two\ndata: three\r\n\r\nevent: x\ndata: four\r\r".utf8)
        for size in 1...stream.count {
            var parser = EventStreamParser()
            var events: [String] = []
            for start in stride(from: 0, to: stream.count, by: size) {
                events += parser.feed(Array(stream[start..<min(start + size, stream.count)])).map { String(decoding: $0, as: UTF8.self) }
            }
            #expect(events == ["one", "two\nthree", "four"])
        }
    }

    @Test func `retries wait as asked, twice at most, and never beyond the deadline`() {
        let policy = RetryPolicy()
        func pause(_ kind: ModelError.Kind, attempt: Int = 1, remaining: Duration = .seconds(60), asked: Duration? = nil) -> Duration? {
            policy.pause(after: .init(error: ModelError(kind), retryAfter: asked), attempt: attempt, remaining: remaining, jitter: 1)
        }
        #expect(pause(.unavailable) == .milliseconds(500))
        #expect(pause(.unavailable, attempt: 2) == .seconds(1))
        #expect(pause(.unavailable, attempt: 3) == nil)
        #expect(pause(.rateLimited, asked: .seconds(7)) == .seconds(7))
        #expect(pause(.rateLimited, remaining: .seconds(6), asked: .seconds(7)) == nil)
        for kind in [ModelError.Kind.rejected, .unauthorized, .refused, .truncated, .invalidOutput] { #expect(pause(kind) == nil) }
    }

    @Test func `the retry budget is a tenth of the attempts and ten a minute`() {
        let start = ContinuousClock.now
        func retries(attempts: Int, over time: Duration) -> Int {
            var budget = RetryBudget()
            var taken = 0
            while budget.takeRetry(at: start) { taken += 1 }
            #expect(taken == 50, "saved up from the start")
            taken = 0
            for attempt in 1...attempts {
                let now = start + time / attempts * attempt
                budget.noteAttempt(at: now)
                while budget.takeRetry(at: now) { taken += 1 }
            }
            return taken
        }
        #expect((99...101).contains(retries(attempts: 1000, over: .zero)))
        #expect((9...10).contains(retries(attempts: 1, over: .seconds(60))))
        #expect((108...111).contains(retries(attempts: 1000, over: .seconds(60))))
    }

    @Test func `a breaker opens at half of ten failing calls, and closes after a probe that succeeds`() {
        let start = ContinuousClock.now
        var breaker = CircuitBreaker()
        func call(_ outcome: CircuitBreaker.Outcome, at seconds: Double) -> CircuitBreaker.Admission {
            let now = start + .seconds(seconds)
            let admission = breaker.admit(at: now)
            breaker.end(admission, outcome, at: now)
            return admission
        }
        // Nine failures are too few, and old ones do not count.
        for _ in 0..<9 { #expect(call(.failed, at: 0) == .call) }
        for _ in 0..<6 { #expect(call(.answered, at: 11) == .call) }
        for _ in 0..<5 { #expect(call(.failed, at: 12) == .call) }
        #expect(call(.abandoned, at: 12) == .call, "5 of 11: closed")
        #expect(call(.failed, at: 12) == .call, "6 of 12: opens")
        #expect(call(.answered, at: 13) == .refused)
        // A probe that fails, one that is cancelled, and one that succeeds; nothing else gets through beside it.
        #expect(call(.failed, at: 42) == .probe)
        #expect(call(.answered, at: 43) == .refused)
        #expect(call(.abandoned, at: 72) == .probe)
        #expect(breaker.admit(at: start + .seconds(72)) == .probe)
        #expect(breaker.admit(at: start + .seconds(72)) == .refused)
        breaker.end(.call, .failed, at: start + .seconds(72))
        breaker.end(.probe, .answered, at: start + .seconds(73))
        #expect(call(.answered, at: 73) == .call)
    }
}
