import Telemetry
import Testing

@testable import API

@Suite struct `The workspace gate` {
    @Test func `lets a workspace have so many at once, and the others go on`() async throws {
        let gate = WorkspaceGate(limit: 2, metrics: Metrics())
        let first = try await gate.enter("noisy")
        let second = try await gate.enter("noisy")
        let waiting = Task { try await gate.enter("noisy") }
        _ = try await gate.enter("quiet")
        try await Task.sleep(for: .milliseconds(50))
        first.leave()
        first.leave()
        let third = try await waiting.value
        let cancelled = Task { try await gate.enter("noisy") }
        try await Task.sleep(for: .milliseconds(20))
        cancelled.cancel()
        await #expect(throws: CancellationError.self) { try await cancelled.value }
        second.leave()
        third.leave()
        _ = try await gate.enter("noisy")
    }

    @Test func `a place that nobody gives back comes back by itself`() async throws {
        let gate = WorkspaceGate(limit: 1, metrics: Metrics())
        for _ in 0..<3 { _ = try await gate.enter("w") }
    }

    @Test func `bodies of all requests and of one workspace take a bounded part of the memory`() throws {
        let memory = BodyMemory(limit: 1_000)
        func share(_ workspace: String) throws -> BodyMemory.Share {
            try #require(memory.share(ofBodyWith: nil, for: workspace))
        }
        #expect(memory.share(ofBodyWith: 100, for: "a") == nil && memory.share(ofBodyWith: 100_000, for: "a") != nil)
        var shares = [try share("a"), try share("b"), try share("c")]
        try shares[0].take(400)
        try shares[0].take(100)
        #expect(throws: Problem.self) { try shares[0].take(1) }
        try shares[1].take(500)
        #expect(throws: Problem.self) { try shares[2].take(1) }
        shares[1].giveBack()
        shares[1].giveBack()
        try shares[2].take(500)
        shares.remove(at: 0)
        try shares[0].take(500)
    }
}
