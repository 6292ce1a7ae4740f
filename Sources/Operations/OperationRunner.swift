package import Knowledge
package import Logging
import ServiceLifecycle
import Synchronization
import Telemetry

/// The dispatcher: one a process. It claims batches of operations under a lease, renews the leases while they
/// run, and gives them back when the process is told to stop.
package actor OperationRunner: Service {
    package struct Options: Sendable {
        /// Operations at once; each has its own bound on model calls.
        package var concurrency = 32
        /// Of one workspace: however much it asks for, the others' work finds a place.
        package var workspaceConcurrency = 12
        package var lease = Duration.seconds(30)
        package var heartbeat = Duration.seconds(5)
        /// How often the store is asked for work, and for cancellations, that other processes accepted.
        package var poll = Duration.milliseconds(500)
        /// Times that a worker may take up an operation before it fails: a poisonous one must not run for ever.
        package var attempts = 5
        /// Pauses before an operation that failed for a passing reason is tried again; its finished steps are not.
        package var retryPauses = [Duration.seconds(2), .seconds(8)]
        /// The pause before work that the database would not let end is tried again, for each time that it was begun.
        package var storePause = Duration.seconds(5)
        /// How long work that this version of the program cannot do is left for others.
        package var foreignPause = Duration.seconds(60)

        package init() {}
    }

    /// Below that of requests: hundreds of posts that are checked at once make no request wait.
    private static let priority = TaskPriority.utility

    private struct Running {
        let claim: ClaimedOperation
        let work: Task<Operation.State, any Error>
        /// Waits for the work, and records its end.
        let ending: Task<Void, Never>
    }

    /// Why the dispatcher is awake.
    private struct News {
        /// Operations that this process has accepted.
        var accepted: [(id: String, workspace: String)] = []
        /// Whether it looks for what other processes have accepted, and want to be cancelled.
        var isLook = false
    }

    private let store: any OperationStore
    private let handlers: [Operation.Kind: any OperationHandler]
    private let hub: OperationHub
    private let clock: any WallClock
    private let options: Options
    private let logger: Logger
    private let watch: OperationWatch
    private let token: String
    private let wakeUps: AsyncStream<Void>
    private nonisolated let wakeUp: AsyncStream<Void>.Continuation
    private nonisolated let news = Mutex(News())
    /// Whether the last look left no operation that could be claimed.
    private var isCaughtUp = false
    /// By claim, not by operation: one that was given back may be claimed again before its former work is gone from here.
    private var running: [Fence: Running] = [:]
    /// Whether the process stops: nothing new is begun.
    package private(set) var isDraining = false

    package init(
        store: any OperationStore, handlers: [Operation.Kind: any OperationHandler], hub: OperationHub, clock: any WallClock,
        logger: Logger, watch: OperationWatch, options: Options = Options()
    ) {
        self.watch = watch
        self.store = store
        self.handlers = handlers
        self.hub = hub
        self.clock = clock
        self.options = options
        self.logger = logger
        token = clock.makeID()
        (wakeUps, wakeUp) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// Takes the operation up, which was just accepted here, as soon as there is room for it.
    package nonisolated func wake(for operation: Operation) {
        news.withLock { $0.accepted.append((operation.id, operation.brand.workspace)) }
        wakeUp.yield()
    }

    private func look() {
        news.withLock { $0.isLook = true }
        wakeUp.yield()
    }

    /// Stops an operation that runs in this process.
    package func cancel(_ id: String) {
        for (fence, entry) in running where fence.operationID == id { entry.work.cancel() }
    }

    /// Brings the records of work in line that was cancelled while no process had it. To do it again changes nothing.
    package func recordEnd(of cancelled: Operation, _ fence: Fence) async throws {
        try await handlers[cancelled.kind]?.ended(cancelled, fence)
        await hub.publish(cancelled)
    }

    /// Dispatches until the service group shuts down.
    package func run() async throws {
        await withGracefulShutdownHandler {
            await withDiscardingTaskGroup { group in
                group.addTask { await self.tick() }
                group.addTask { await self.keepLeases() }
                for await _ in wakeUps { await claimWork() }
                // A task that is cancelled instead of told to stop gives its work back too.
                drain()
                group.cancelAll()
            }
            while let entry = running.values.first { await entry.ending.value }
        } onGracefulShutdown: {
            Task { await self.drain() }
        }
    }

    private func drain() {
        guard !isDraining else { return }
        isDraining = true
        wakeUp.finish()
        for entry in running.values { entry.work.cancel() }
    }

    private func tick() async {
        while !Task.isCancelled, !isDraining {
            look()
            // Cancellation ends the sleep, and the loop sees it.
            try? await Task.sleep(for: options.poll)
        }
    }

    private func claimWork() async {
        let woken = takeNews()
        do {
            if woken.isLook, !running.isEmpty {
                for id in try await store.cancellationRequests(among: running.keys.map(\.operationID)) { cancel(id) }
            }
            guard !isDraining else { return }
            let nothingIsLeft = try await claimAccepted(woken.accepted)
            if !nothingIsLeft || woken.isLook { try await claimOldest() }
        } catch {
            isCaughtUp = false
            logger.debug("no work could be claimed", metadata: ["error": "\(error)"])
        }
    }

    private func takeNews() -> News {
        news.withLock { news in
            defer { news = News() }
            return news
        }
    }

    private var lease: Lease { Lease(token: token, duration: options.lease) }
    private var room: Int { options.concurrency - running.count }

    /// Claims what was accepted here by its name, without a look for it, unless other work waits for longer.
    ///
    /// - Returns: whether all of it is claimed.
    private func claimAccepted(_ accepted: [(id: String, workspace: String)]) async throws -> Bool {
        guard isCaughtUp else { return false }
        var quota = quota
        let ids = accepted.filter { quota.take($0.workspace) }.prefix(max(0, room)).map(\.id)
        if !ids.isEmpty { begin(try await store.claim(ids, lease: lease)) }
        return ids.count == accepted.count
    }

    private func claimOldest() async throws {
        isCaughtUp = false
        let room = room
        guard room > 0, !isDraining else { return }
        let claims = try await store.claim(limit: room, lease: lease, quota: quota)
        begin(claims)
        // A workspace that has its share here may have more in the store.
        isCaughtUp = claims.count < room && quota.full.isEmpty
    }

    /// What each workspace may have here beside what it has.
    private var quota: ClaimQuota {
        let running = Dictionary(grouping: running.values, by: \.claim.operation.brand.workspace).mapValues(\.count)
        return ClaimQuota(perWorkspace: options.workspaceConcurrency, running: running)
    }

    private func begin(_ claims: [ClaimedOperation]) {
        for claim in claims { begin(claim) }
        // Told to stop while they were claimed: they are handed back.
        if isDraining { for claim in claims { running[claim.fence]?.work.cancel() } }
    }

    private func begin(_ claim: ClaimedOperation) {
        guard let handler = handlers[claim.operation.kind] else { return leave(claim) }
        // Whatever of it still runs here has lost its lease.
        cancel(claim.operation.id)
        CrashPoint.reach("claimed")
        let reporter = OperationReporter(claim: claim, store: store, hub: hub, clock: clock)
        // Tasks of their own: the work can be cancelled while its end is still recorded, and who waits for a task, or has
        // it as a child, lends it their priority.
        let work = Task(priority: Self.priority) { [options, watch] in
            guard claim.operation.attempts <= options.attempts else {
                throw Operation.Failure(
                    code: Operation.Failure.attemptsExhausted, detail: "the work was begun \(options.attempts) times and never ended")
            }
            // Asked for while nobody had it.
            guard !claim.operation.cancelRequested else { throw CancellationError() }
            return try await watch.run(claim.operation) {
                try await Durability.$isDurable.withValue(true) { try await handler.run(claim.operation, reporter) }
            }
        }
        let ending = Task(priority: Self.priority) {
            let result = await work.result
            await WorkContext.$current.withValue(OperationWatch.context(of: claim.operation)) {
                await self.finish(claim, handler, reporter, result)
            }
        }
        running[claim.fence] = Running(claim: claim, work: work, ending: ending)
    }

    /// Leaves the operation for a process that knows its kind.
    private func leave(_ claim: ClaimedOperation) {
        logger.warning("work of an unknown kind", metadata: ["operation": "\(claim.operation.id)"])
        Task { [store, options] in
            // Where it cannot be told, the lease runs out.
            try? await store.postpone(claim, for: options.foreignPause)
        }
    }

    private func finish(
        _ claim: ClaimedOperation, _ handler: any OperationHandler, _ reporter: OperationReporter,
        _ result: Result<Operation.State, any Error>
    ) async {
        // A task of its own: the end is recorded also while the process stops.
        let ending = Task {
            switch result {
            case .success(let state):
                let pauses = await reporter.operation.items.compactMap { $0.error?.retryAfter }
                if state == .partial, let pause = pauses.max(), try await postpone(claim, reporter, atLeast: pause) { return }
                try await end(reporter, as: state)
            case .failure(let error):
                try await end(claim, handler, reporter, error)
            }
        }
        if case .failure(let error) = await ending.result {
            // The lease runs out, and another worker takes the operation up.
            logger.warning(
                "the end of an operation could not be recorded",
                metadata: ["operation": "\(claim.operation.id)", "error": "\(error)"])
        }
        CrashPoint.reach("operation.ended")
        running[claim.fence] = nil
        if !isCaughtUp { look() }
    }

    private func end(
        _ claim: ClaimedOperation, _ handler: any OperationHandler, _ reporter: OperationReporter, _ error: any Error
    ) async throws {
        let id = claim.operation.id
        if error is LeaseLost { return noteLostLease(id) }
        let store = store
        let patience = isDraining ? Persistence.stoppingPatience : Persistence.patience
        let wasCancelled = try await Persistence.run(for: patience) { try await !store.cancellationRequests(among: [id]).isEmpty }
        let isUnavailable = (error as? StoreError) == .unavailable
        if isDraining, !wasCancelled, isUnavailable || error is CancellationError {
            return try await handBack(claim, reporter, within: patience)
        }
        // Not at once: what has failed was paid for, and may fail again while this store answers.
        if isUnavailable, !wasCancelled, claim.operation.attempts < options.attempts {
            return try await postpone(claim, reporter, for: options.storePause * claim.operation.attempts)
        }
        // Nobody asked for the end of the work, and the process goes on: another claim has it.
        if error is CancellationError, !wasCancelled {
            return noteLostLease(id)
        }
        let failure = handler.failure(for: error)
        if let pause = failure.retryAfter, !wasCancelled, try await postpone(claim, reporter, atLeast: pause) { return }
        if !wasCancelled {
            logger.warning(
                "an operation failed",
                metadata: [
                    "operation": "\(id)", "kind": "\(claim.operation.kind.rawValue)", "attempts": "\(claim.operation.attempts)",
                    "code": "\(failure.code)", "error": "\(error)",
                ])
        }
        var ended = await reporter.operation
        ended.state = wasCancelled ? .cancelled : .failed
        ended.error = wasCancelled ? nil : failure
        // Another process may have finished the work since; its records are not to be touched then.
        let isOwner = try await Persistence.run(for: patience) { [lease = options.lease] in try await store.renew(claim, for: lease) }
        guard isOwner else { return noteLostLease(id) }
        // The work's own records first: a process that dies between the two leaves an operation that is taken up again.
        try await Persistence.run(for: patience) { [ended] in try await handler.ended(ended, claim.fence) }
        try await end(reporter, as: ended.state, failure: ended.error)
    }

    /// What was noted of the work is stored before: without the claim nobody can.
    private func handBack(_ claim: ClaimedOperation, _ reporter: OperationReporter, within patience: Duration) async throws {
        let deadline = ContinuousClock.now + patience
        let settling = Task { try await reporter.settle() }
        let limit = Task {
            try await Task.sleep(until: deadline)
            settling.cancel()
        }
        // Whether it went well or not, the claim is given up.
        _ = await settling.result
        limit.cancel()
        let store = store
        try await Persistence.run(for: deadline - .now) { try await store.release(claim) }
    }

    private func noteLostLease(_ id: String) {
        watch.lostLeases.add()
        logger.warning("lost the lease of an operation", metadata: ["operation": "\(id)"])
    }

    /// Lets the operation be tried again after a pause; false when it was tried often enough.
    private func postpone(_ claim: ClaimedOperation, _ reporter: OperationReporter, atLeast seconds: Double) async throws -> Bool {
        let attempt = claim.operation.attempts
        guard attempt >= 1, attempt <= options.retryPauses.count else { return false }
        try await postpone(claim, reporter, for: max(options.retryPauses[attempt - 1], .seconds(seconds)))
        return true
    }

    private func postpone(_ claim: ClaimedOperation, _ reporter: OperationReporter, for pause: Duration) async throws {
        // Up to half of it more, so that what failed together does not come again together.
        let pause = pause * Double.random(in: 1...1.5)
        try await reporter.update { $0.stage = "retrying" }
        let store = store
        watch.retries.add(1, claim.operation.kind.rawValue)
        try await Persistence.run { try await store.postpone(claim, for: pause) }
    }

    private func end(_ reporter: OperationReporter, as state: Operation.State, failure: Operation.Failure? = nil) async throws {
        try await reporter.update { $0.end(as: state, failure) }
        await watch.noteEnd(of: reporter.operation)
    }

    private func keepLeases() async {
        while !Task.isCancelled, !isDraining {
            // Cancellation ends the sleep, and the loop sees it.
            try? await Task.sleep(for: options.heartbeat)
            // At once: a store that is slow would be asked for the last one when its lease has run out.
            await withDiscardingTaskGroup { [store, options] group in
                for entry in running.values {
                    group.addTask {
                        // An unreachable store is not a lost lease: the next write decides.
                        if let held = try? await store.renew(entry.claim, for: options.lease), !held { entry.work.cancel() }
                    }
                }
            }
        }
    }
}
