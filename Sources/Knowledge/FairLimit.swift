import Synchronization

/// Lets a bounded number of tasks run a body at once; the others wait.
///
/// A place that comes free goes to the workspace that has the fewest, and within it to who came first: one that asks
/// for hundreds at once delays another's call by no more than the next end of any call. While several wait nobody
/// idles. A waiting task that is cancelled leaves the queue at once.
package final class FairLimit: Sendable {
    /// No place came free in time.
    package struct Expired: Error {}

    private enum Outcome { case admitted, cancelled, expired }

    private struct Waiter {
        let id: UInt64
        let workspace: String
        let continuation: CheckedContinuation<Outcome, Never>
    }

    private struct State {
        var free: Int
        var lastWaiter: UInt64 = 0
        var held: [String: Int] = [:]
        var waiters: [Waiter] = []
        /// Those that came to wait and have not been told; with how it ends when that is known before they stand in the queue.
        var pending: [UInt64: Outcome?] = [:]

        mutating func take(_ workspace: String) -> Bool {
            guard free > 0 else { return false }
            free -= 1
            held[workspace, default: 0] += 1
            return true
        }

        /// The waiter that the place of a workspace goes to, if there is one.
        mutating func give(back workspace: String) -> Waiter? {
            let count = (held[workspace] ?? 1) - 1
            held[workspace] = count == 0 ? nil : count
            let next = waiters.indices.min { (held[waiters[$0].workspace] ?? 0, $0) < (held[waiters[$1].workspace] ?? 0, $1) }
            guard let next else {
                free += 1
                return nil
            }
            let waiter = waiters.remove(at: next)
            held[waiter.workspace, default: 0] += 1
            return waiter
        }
    }

    private let state: Mutex<State>

    package init(_ limit: Int) { state = Mutex(State(free: limit)) }

    /// How many places are free.
    var freeCount: Int { state.withLock { $0.free } }
    /// How many wait for one.
    var waitingCount: Int { state.withLock { $0.waiters.count } }

    /// - Parameter deadline: until when it waits for a place; the body may take longer.
    /// - Throws: `Expired`, `CancellationError`, and what the body throws.
    package func run<Answer>(
        until deadline: ContinuousClock.Instant? = nil, _ body: () async throws -> Answer
    ) async throws -> Answer {
        let workspace = WorkContext.current.workspace ?? ""
        try await acquire(workspace, until: deadline)
        defer { release(workspace) }
        return try await body()
    }

    private func acquire(_ workspace: String, until deadline: ContinuousClock.Instant?) async throws {
        let id = state.withLock { state -> UInt64? in
            if state.take(workspace) { return nil }
            state.lastWaiter += 1
            state.pending[state.lastWaiter] = .some(nil)
            return state.lastWaiter
        }
        guard let id else { return }
        let timer = deadline.map { deadline in
            Task {
                try await Task.sleep(until: deadline, clock: .continuous)
                leave(id, .expired)
            }
        }
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let outcome = state.withLock { state -> Outcome? in
                    if let known = state.pending[id] ?? nil { return known }
                    // A place may have come free since the first look.
                    if state.take(workspace) { return .admitted }
                    state.waiters.append(Waiter(id: id, workspace: workspace, continuation: continuation))
                    return nil
                }
                if let outcome { continuation.resume(returning: outcome) }
            }
        } onCancel: {
            leave(id, .cancelled)
        }
        timer?.cancel()
        state.withLock { _ = $0.pending.removeValue(forKey: id) }
        switch outcome {
        case .admitted: return
        case .cancelled: throw CancellationError()
        case .expired: throw Expired()
        }
    }

    /// Takes the waiter out of the queue, or tells it when it comes there.
    private func leave(_ id: UInt64, _ outcome: Outcome) {
        let waiter = state.withLock { state -> Waiter? in
            guard state.pending[id] != nil else { return nil }
            guard let index = state.waiters.firstIndex(where: { $0.id == id }) else {
                state.pending[id] = .some(outcome)
                return nil
            }
            return state.waiters.remove(at: index)
        }
        waiter?.continuation.resume(returning: outcome)
    }

    private func release(_ workspace: String) {
        state.withLock { $0.give(back: workspace) }?.continuation.resume(returning: .admitted)
    }
}
