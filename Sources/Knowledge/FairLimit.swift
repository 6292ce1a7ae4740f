import Synchronization

/// Lets a bounded number of tasks run a body at once; the others wait.
///
/// A place that comes free goes to the workspace that has the fewest, and within it to who came first: one that asks
/// for hundreds at once delays another's call by no more than the next end of any call. While several wait nobody
/// idles. A waiting task that is cancelled leaves the queue at once.
package final class FairLimit: Sendable {
    private struct Waiter {
        let id: UInt64
        let workspace: String
        let continuation: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var free: Int
        var lastWaiter: UInt64 = 0
        var held: [String: Int] = [:]
        var waiters: [Waiter] = []
        var cancelled: Set<UInt64> = []

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

    package func run<Answer>(_ body: () async throws -> Answer) async throws -> Answer {
        let workspace = WorkContext.current.workspace ?? ""
        try await acquire(workspace)
        defer { release(workspace) }
        return try await body()
    }

    private func acquire(_ workspace: String) async throws {
        let id = state.withLock { state -> UInt64? in
            if state.take(workspace) { return nil }
            state.lastWaiter += 1
            return state.lastWaiter
        }
        guard let id else { return }
        let admitted = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer = state.withLock { state -> Bool? in
                    if state.cancelled.remove(id) != nil { return false }
                    // A place may have come free since the first look.
                    if state.take(workspace) { return true }
                    state.waiters.append(Waiter(id: id, workspace: workspace, continuation: continuation))
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            let waiter = state.withLock { state -> Waiter? in
                guard let index = state.waiters.firstIndex(where: { $0.id == id }) else {
                    state.cancelled.insert(id)
                    return nil
                }
                return state.waiters.remove(at: index)
            }
            waiter?.continuation.resume(returning: false)
        }
        state.withLock { _ = $0.cancelled.remove(id) }
        if !admitted { throw CancellationError() }
    }

    private func release(_ workspace: String) {
        state.withLock { $0.give(back: workspace) }?.continuation.resume(returning: true)
    }
}
