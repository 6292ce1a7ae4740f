import Synchronization
import Testing

@testable import Knowledge

@Suite struct `The fair limit` {
    private func run(_ limit: FairLimit, _ workspace: String, _ body: @escaping @Sendable () async throws -> Void) -> Task<Void, any Error>
    {
        var context = WorkContext()
        context.workspace = workspace
        return WorkContext.$current.withValue(context) { Task { try await limit.run { try await body() } } }
    }

    private func reach(_ condition: () -> Bool) async throws {
        while !condition() { try await Task.sleep(for: .milliseconds(1)) }
    }

    @Test func `a place that comes free goes to who has the fewest`() async throws {
        let limit = FairLimit(4)
        let order = Mutex<[String]>([])
        let gate = AsyncStream.makeStream(of: Void.self)
        let first = (0..<4).map { _ in run(limit, "noisy") { for await _ in gate.stream { break } } }
        // None of those that come next finds a place.
        try await reach { limit.freeCount == 0 }
        let noisy = (0..<20).map { number in run(limit, "noisy") { order.withLock { $0.append("noisy \(number)") } } }
        try await reach { limit.waitingCount == 20 }
        let quiet = run(limit, "quiet") { order.withLock { $0.append("quiet") } }
        try await reach { limit.waitingCount == 21 }
        gate.continuation.yield()
        try await quiet.value
        #expect(order.withLock { $0.first } == "quiet")
        gate.continuation.finish()
        for task in first + noisy { try await task.value }
        #expect(order.withLock { $0.count } == 21)
    }

    @Test func `who is cancelled while waiting leaves at once`() async throws {
        let limit = FairLimit(1)
        let gate = AsyncStream.makeStream(of: Void.self)
        let holder = run(limit, "a") { for await _ in gate.stream { break } }
        try await reach { limit.freeCount == 0 }
        let waiting = run(limit, "a") {}
        try await reach { limit.waitingCount == 1 }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        gate.continuation.finish()
        try await holder.value
        try await run(limit, "b") {}.value
    }

    @Test func `who waits has a deadline, and the place goes to the next`() async throws {
        let limit = FairLimit(1)
        let gate = AsyncStream.makeStream(of: Void.self)
        let holder = run(limit, "a") { for await _ in gate.stream { break } }
        try await reach { limit.freeCount == 0 }
        let patient = run(limit, "a") {}
        let start = ContinuousClock.now
        await #expect(throws: FairLimit.Expired.self) { try await limit.run(until: .now + .milliseconds(100)) {} }
        #expect(ContinuousClock.now - start > .milliseconds(90))
        await #expect(throws: FairLimit.Expired.self) { try await limit.run(until: .now - .seconds(1)) {} }
        gate.continuation.finish()
        try await holder.value
        try await patient.value
        // One that finds a place at once is not asked for its time.
        #expect(try await limit.run(until: .now - .seconds(1)) { 1 } == 1)
    }
}
