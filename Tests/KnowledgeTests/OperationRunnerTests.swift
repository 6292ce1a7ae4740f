import Foundation
import Knowledge
import KnowledgeTesting
import Logging
import Operations
import ServiceLifecycle
import Synchronization
import Telemetry
import Testing

// Foundation has one too.
private typealias Operation = Knowledge.Operation

/// Work that does what a test says at each attempt.
private struct ScriptedHandler: OperationHandler {
    let script: @Sendable (Int, OperationReporter) async throws -> Operation.State
    var isEnded: @Sendable () -> Void = {}

    func run(_ operation: Operation, _ reporter: OperationReporter) async throws -> Operation.State {
        try await script(operation.attempts, reporter)
    }

    func ended(_ operation: Operation, _ fence: Fence) async throws { isEnded() }

    func failure(for error: any Error) -> Operation.Failure { error as? Operation.Failure ?? .init(code: "test", detail: "") }
}

@Suite struct `A dispatcher of operations` {
    private typealias State = Operation.State
    private let stores = MemoryStores()
    private let hub = OperationHub()
    private let clock = SystemClock()

    private func runner(
        _ script: @escaping @Sendable (Int, OperationReporter) async throws -> State, lease: Duration = .seconds(30),
        poll: Duration = .milliseconds(10), concurrency: Int = 32, share: Int = 12, isEnded: @escaping @Sendable () -> Void = {}
    ) -> OperationRunner {
        var options = OperationRunner.Options()
        options.poll = poll
        options.concurrency = concurrency
        options.workspaceConcurrency = share
        options.heartbeat = .milliseconds(20)
        options.lease = lease
        options.retryPauses = [.milliseconds(10), .milliseconds(20)]
        options.storePause = .milliseconds(10)
        return OperationRunner(
            store: stores, handlers: [.generatePlan: ScriptedHandler(script: script, isEnded: isEnded)], hub: hub, clock: clock,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, watch: OperationWatch(metrics: Metrics()), options: options)
    }

    private func accept() async throws -> String { try await accepted().id }

    private func accepted() async throws -> Operation {
        let id = clock.makeID()
        let operation = Operation(
            id: id, brand: BrandKey(workspace: "w", brand: "b"), kind: .generatePlan, result: .init(type: .plan, id: id),
            createdAt: clock.now)
        try await stores.insert(operation, record: nil)
        return operation
    }

    /// Runs until the operation ends, and gives its last state.
    private func outcome(_ script: @escaping @Sendable (Int, OperationReporter) async throws -> State) async throws -> Operation {
        let id = try await accept()
        let running = Task { try await runner(script).run() }
        let ended = try await end(of: id)
        // Until it is gone it would take what the test accepts next.
        running.cancel()
        _ = await running.result
        return ended
    }

    private func end(of id: String) async throws -> Operation {
        let deadline = ContinuousClock.now + .seconds(10)
        while ContinuousClock.now < deadline {
            // While the store fails by the test's will, it is asked again.
            if let operation = try? await stores.operation(id, workspace: "w"), operation.state.isTerminal { return operation }
            try await Task.sleep(for: .milliseconds(5))
        }
        throw ConformanceFailure(description: "the operation does not end")
    }

    @Test func `ends work as its handler says`() async throws {
        #expect(try await outcome { _, _ in .succeeded }.state == .succeeded)
        #expect(try await outcome { _, _ in .partial }.state == .partial)
        let failed = try await outcome { _, _ in throw Operation.Failure(code: "no", detail: "final") }
        #expect(failed.state == .failed && failed.error?.code == "no" && failed.attempts == 1)
    }

    @Test(arguments: [(1, 12), (2, 12), (32, 1), (32, 3)])
    func `begins what was accepted here without a look, and the rest when there is room`(concurrency: Int, share: Int) async throws {
        let runner = runner(
            { _, _ in
                try await Task.sleep(for: .milliseconds(50))
                return .succeeded
            }, poll: .seconds(60), concurrency: concurrency, share: share)
        let running = Task { try await runner.run() }
        // Behind the look at the start.
        try await Task.sleep(for: .milliseconds(100))
        for count in [1, 4] {
            var accepted: [Operation] = []
            for _ in 0..<count { accepted.append(try await self.accepted()) }
            for operation in accepted { runner.wake(for: operation) }
            for operation in accepted { #expect(try await end(of: operation.id).state == .succeeded) }
        }
        running.cancel()
        _ = await running.result
    }

    @Test func `tries again what may pass, and gives up`() async throws {
        let passing = try await outcome { attempt, _ in
            if attempt < 3 { throw Operation.Failure(code: "busy", detail: "", retryAfter: 0) }
            return .succeeded
        }
        #expect(passing.state == .succeeded && passing.attempts == 3)
        let given = try await outcome { _, _ in throw Operation.Failure(code: "busy", detail: "", retryAfter: 0) }
        #expect(given.state == .failed && given.error?.code == "busy" && given.attempts == 3)
    }

    @Test func `takes up again what it gave back before the store's answer arrived`() async throws {
        await stores.answerLate(by: .milliseconds(200))
        let ended = try await outcome { attempt, _ in
            if attempt < 3 { throw Operation.Failure(code: "busy", detail: "", retryAfter: 0) }
            return .succeeded
        }
        #expect(ended.state == .succeeded && ended.attempts == 3)
    }

    @Test func `goes on when the store comes back`() async throws {
        let stores = stores
        let ended = try await outcome { _, reporter in
            await stores.failNext(3)
            try await reporter.update { $0.stage = "later" }
            await stores.failNext(2)
            return .succeeded
        }
        #expect(ended.state == .succeeded && ended.attempts == 1)
    }

    @Test func `ends as failed what every worker died of`() async throws {
        let id = try await accept()
        for attempt in 1...5 {
            let claims = try await stores.claim(
                limit: 1, lease: Lease(token: "dying-\(attempt)", duration: .milliseconds(1)), quota: ClaimQuota())
            #expect(claims.count == 1)
            try await Task.sleep(for: .milliseconds(5))
        }
        let running = Task { try await runner({ _, _ in .succeeded }).run() }
        defer { running.cancel() }
        let ended = try await end(of: id)
        #expect(ended.state == .failed && ended.error?.code == "attemptsExhausted")
    }

    @Test func `stops a worker whose lease is another's`() async throws {
        let id = try await accept()
        let isStopped = Mutex(false)
        let first = runner({ _, reporter in
            do {
                while true {
                    try await Task.sleep(for: .milliseconds(5))
                    try await reporter.update { $0.stage = "first" }
                }
            } catch {
                isStopped.withLock { $0 = true }
                throw error
            }
        })
        let running = Task { try await first.run() }
        defer { running.cancel() }
        while try await stores.operation(id, workspace: "w")?.stage != "first" { try await Task.sleep(for: .milliseconds(5)) }
        await stores.steal(id)
        let deadline = ContinuousClock.now + .seconds(5)
        while !isStopped.withLock({ $0 }), ContinuousClock.now < deadline { try await Task.sleep(for: .milliseconds(5)) }
        #expect(isStopped.withLock { $0 })
        #expect(try await stores.operation(id, workspace: "w")?.state == .running, "the first worker must not have ended it")
    }

    @Test func `a worker whose work fails after its lease went to another touches none of the work's records`() async throws {
        let id = try await accept()
        let hasFailed = Mutex(false)
        let endings = Mutex(0)
        let running = Task { [stores] in
            try await runner(
                { attempt, _ in
                    guard attempt == 1 else { return .succeeded }
                    await stores.steal(id)
                    hasFailed.withLock { $0 = true }
                    throw Operation.Failure(code: "model.timedOut", detail: "")
                }, isEnded: { endings.withLock { $0 += 1 } }
            ).run()
        }
        defer { running.cancel() }
        while !hasFailed.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(5)) }
        try await Task.sleep(for: .milliseconds(300))
        #expect(endings.withLock { $0 } == 0)
        #expect(try await stores.operation(id, workspace: "w")?.state == .running)
    }

    @Test func `work that ends for no reason of its own is another worker's by then`() async throws {
        let id = try await accept()
        let running = Task {
            try await runner(
                { attempt, _ in
                    // As a model call does whose task a new claim has cancelled.
                    if attempt == 1 { throw CancellationError() }
                    return .succeeded
                }, lease: .milliseconds(200)
            ).run()
        }
        defer { running.cancel() }
        let ended = try await end(of: id)
        #expect(ended.state == .succeeded && ended.attempts == 2)
    }

    @Test func `hands running work back when it is told to stop`() async throws {
        let id = try await accept()
        let runner = runner({ attempt, reporter in
            guard attempt == 1 else { return .succeeded }
            do {
                try await Task.sleep(for: .seconds(30))
            } catch {
                await reporter.note { $0.usage.embeddingTokens += 7 }
                throw error
            }
            return .succeeded
        })
        let group = ServiceGroup(
            configuration: .init(services: [.init(service: runner)], logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }))
        let serving = Task { try await group.run() }
        while try await stores.operation(id, workspace: "w")?.state != .running { try await Task.sleep(for: .milliseconds(5)) }
        await group.triggerGracefulShutdown()
        try await serving.value
        let handed = try await stores.operation(id, workspace: "w")
        #expect(handed?.state == .queued && handed?.attempts == 0)
        #expect(handed?.usage.embeddingTokens == 7, "what was noted last is not lost")
        #expect(try await stores.claim(limit: 1, lease: Lease(token: "next", duration: .seconds(1)), quota: ClaimQuota()).count == 1)
    }

    @Test func `lets work that the store fails again and again end`() async throws {
        let attempts = Mutex(0)
        let id = try await accept()
        let running = Task {
            try await runner({ _, _ in
                attempts.withLock { $0 += 1 }
                throw StoreError.unavailable
            }).run()
        }
        defer { running.cancel() }
        let ended = try await end(of: id)
        #expect(ended.state == .failed && attempts.withLock { $0 } == 5)
    }

    @Test func `begins nothing whose end was asked for meanwhile`() async throws {
        let id = try await accept()
        let lease = Lease(token: "gone", duration: .milliseconds(1))
        _ = try await stores.claim(limit: 1, lease: lease, quota: ClaimQuota())
        #expect(try await stores.requestCancellation(id, workspace: "w")?.operation.state == .running)
        let hasRun = Mutex(false)
        let running = Task {
            try await runner({ _, _ in
                hasRun.withLock { $0 = true }
                return .succeeded
            }).run()
        }
        defer { running.cancel() }
        #expect(try await end(of: id).state == .cancelled && !hasRun.withLock { $0 })
    }

    @Test(.timeLimit(.minutes(1))) func `hands running work back when its task is cancelled`() async throws {
        let id = try await accept()
        let running = Task {
            try await runner({ _, _ in
                try await Task.sleep(for: .seconds(600))
                return .succeeded
            }).run()
        }
        while try await stores.operation(id, workspace: "w")?.state != .running { try await Task.sleep(for: .milliseconds(5)) }
        running.cancel()
        try await running.value
        #expect(try await stores.operation(id, workspace: "w")?.state == .queued)
    }
}
