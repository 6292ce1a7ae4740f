// Operations: durable asynchronous work. Accepted work lies in a store; a dispatcher claims it under a lease,
// runs it through the handler of its kind, and tells everyone who watches. It knows no kind of work itself.

package import Knowledge

/// Does one kind of work.
package protocol OperationHandler: Sendable {
    /// Does what is missing of the work; a run after a failure, a cancellation or a crash goes on where it stopped.
    ///
    /// - Returns: `succeeded` or `partial`.
    func run(_ operation: Operation, _ reporter: OperationReporter) async throws -> Operation.State

    /// Brings the work's own records in line with an operation that ended without success.
    func ended(_ operation: Operation, _ fence: Fence) async throws

    /// An error as clients see it.
    func failure(for error: any Error) -> Operation.Failure
}

/// The operation belongs to another worker now: stop, and write nothing.
package struct LeaseLost: Error, Sendable {
    package init() {}
}

/// How a handler tells of its progress: every state is stored under the claim, then shown to those who watch. Changes that
/// come soon after each other, or while the store is busy, are stored together.
package actor OperationReporter {
    package private(set) var operation: Operation
    private let claim: ClaimedOperation
    private let store: any OperationStore
    private let hub: OperationHub
    private let clock: any WallClock
    private var storedVersion: Int
    private var isStoring = false
    private var pausing: Task<Void, Never>?
    /// How long changes that nobody waits for are gathered.
    private static let gathering = Duration.milliseconds(50)
    private var lastWaiter: UInt64 = 0
    private var waiters: [UInt64: CheckedContinuation<Result<Void, any Error>, Never>] = [:]
    /// What every write of the work's own records carries.
    package nonisolated let fence: Fence

    package init(claim: ClaimedOperation, store: any OperationStore, hub: OperationHub, clock: any WallClock) {
        fence = claim.fence
        operation = claim.operation
        storedVersion = claim.operation.version
        self.claim = claim
        self.store = store
        self.hub = hub
        self.clock = clock
    }

    /// Returns when the change is stored.
    ///
    /// - Throws: `LeaseLost`, `StoreError`; `CancellationError` at once, though the change is stored all the same.
    package func update(_ change: @Sendable (inout Operation) -> Void) async throws {
        note(change)
        try await settle()
    }

    /// Returns when all that was noted is stored; throws as `update` does.
    package func settle() async throws {
        pausing?.cancel()
        while storedVersion < operation.version {
            startStoring()
            try await stored()
        }
    }

    /// Stores the change soon; whether that went well the next `update` tells.
    package func note(_ change: @Sendable (inout Operation) -> Void) {
        change(&operation)
        operation.version += 1
        operation.updatedAt = clock.now
        startStoring()
    }

    private func startStoring() {
        guard !isStoring else { return }
        isStoring = true
        // A task of its own: what is told is stored, whoever goes away.
        Task {
            var outcome = Result<Void, any Error>.success(())
            while storedVersion < operation.version, case .success = outcome {
                // More of what nobody waits for may come soon.
                if waiters.isEmpty { await pause() }
                outcome = await store()
            }
            isStoring = false
            let waiting = waiters.values
            waiters = [:]
            for waiter in waiting { waiter.resume(returning: outcome) }
        }
    }

    private func pause() async {
        // Cancellation ends the sleep: somebody waits now.
        let pause = Task { _ = try? await Task.sleep(for: Self.gathering) }
        pausing = pause
        await pause.value
        pausing = nil
    }

    private func store() async -> Result<Void, any Error> {
        let (state, claim, store) = (operation, claim, store)
        do {
            guard try await Persistence.run({ try await store.save(state, claim: claim) }) else { throw LeaseLost() }
            storedVersion = state.version
            await hub.publish(state)
            return .success(())
        } catch {
            return .failure(error)
        }
    }

    /// Waits for what is being stored.
    private func stored() async throws {
        guard isStoring else { return }
        lastWaiter += 1
        let id = lastWaiter
        try await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Result<Void, any Error>, Never>) in
                if Task.isCancelled { return continuation.resume(returning: .failure(CancellationError())) }
                waiters[id] = continuation
            }
        } onCancel: {
            Task { await self.abandon(id) }
        }.get()
    }

    private func abandon(_ id: UInt64) { waiters.removeValue(forKey: id)?.resume(returning: .failure(CancellationError())) }

    /// Writes one of the work's own records under the fence, and goes on asking while the database is away.
    ///
    /// - Throws: `LeaseLost` when `write` answers false, `StoreError`.
    package nonisolated func write(_ write: @Sendable () async throws -> Bool) async throws {
        guard try await Persistence.run(write) else { throw LeaseLost() }
    }
}
