import HTTPTypes
import Synchronization
package import Telemetry

/// Bounds the requests of a workspace that are worked on at once; further ones wait in order, so that one workspace's
/// flood stands in its own queue and not in the others'.
package final class WorkspaceGate: Sendable {
    /// Requests of a workspace that may wait; one more is told to come again.
    static let queueLimit = 1_000
    private static let patience = Duration.seconds(2)

    private struct Lane {
        var inFlight = 0
        var waiters: [(id: UInt64, continuation: CheckedContinuation<Bool, Never>)] = []
    }

    private struct State {
        var lanes: [String: Lane] = [:]
        var lastWaiter: UInt64 = 0
    }

    private let limit: Int
    private let state = Mutex(State())
    private let waited: Counter

    package init(limit: Int, metrics: Metrics) {
        self.limit = limit
        waited = metrics.counter(
            "postwright_http_requests_held_total", "Requests that waited because their workspace had enough at once.")
    }

    /// A place among the requests of a workspace.
    final class Slot: Sendable {
        private let gate: WorkspaceGate
        private let workspace: String
        private let isHeld = Mutex(true)

        fileprivate init(_ gate: WorkspaceGate, _ workspace: String) {
            self.gate = gate
            self.workspace = workspace
        }

        /// Gives the place back, once: a request that only waits needs none.
        func leave() {
            let wasHeld = isHeld.withLock { held in
                defer { held = false }
                return held
            }
            if wasHeld { gate.leave(workspace) }
        }

        deinit { leave() }
    }

    /// - Throws: `Problem` 429 when too many wait, or none of them came through in time; `CancellationError`.
    func enter(_ workspace: String) async throws -> Slot {
        let id = try state.withLock { state throws(Problem) -> UInt64? in
            var lane = state.lanes[workspace] ?? Lane()
            if lane.inFlight < limit {
                lane.inFlight += 1
                state.lanes[workspace] = lane
                return nil
            }
            guard lane.waiters.count < Self.queueLimit else { throw Self.tooMany }
            state.lastWaiter += 1
            return state.lastWaiter
        }
        guard let id else { return Slot(self, workspace) }
        waited.add()
        let timer = Task {
            try await Task.sleep(for: Self.patience)
            dismiss(id, workspace)
        }
        defer { timer.cancel() }
        let isAdmitted = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isAdmitted = state.withLock { state -> Bool? in
                    // A place may have come free since the first look.
                    if Task.isCancelled { return false }
                    if state.lanes[workspace, default: Lane()].inFlight < limit {
                        state.lanes[workspace, default: Lane()].inFlight += 1
                        return true
                    }
                    state.lanes[workspace, default: Lane()].waiters.append((id, continuation))
                    return nil
                }
                if let isAdmitted { continuation.resume(returning: isAdmitted) }
            }
        } onCancel: {
            dismiss(id, workspace)
        }
        if isAdmitted { return Slot(self, workspace) }
        try Task.checkCancellation()
        throw Self.tooMany
    }

    private static var tooMany: Problem {
        var problem = Problem(.rateLimited, "the workspace has as many requests at once as it may; come again in a second")
        problem.headers = [(.retryAfter, "1")]
        return problem
    }

    private func dismiss(_ id: UInt64, _ workspace: String) {
        let waiter = state.withLock { state -> CheckedContinuation<Bool, Never>? in
            guard let index = state.lanes[workspace]?.waiters.firstIndex(where: { $0.id == id }) else { return nil }
            return state.lanes[workspace]?.waiters.remove(at: index).continuation
        }
        waiter?.resume(returning: false)
    }

    private func leave(_ workspace: String) {
        let next = state.withLock { state -> CheckedContinuation<Bool, Never>? in
            guard var lane = state.lanes[workspace] else { return nil }
            let next = lane.waiters.isEmpty ? nil : lane.waiters.removeFirst().continuation
            if next == nil { lane.inFlight -= 1 }
            state.lanes[workspace] = lane.inFlight == 0 ? nil : lane
            return next
        }
        next?.resume(returning: true)
    }
}
