import Synchronization

/// How long a caller waits for a call, whatever the driver's own timeouts are.
package enum MongoTimeLimit {
    /// The limit of the calls that the task makes; nil for the driver's timeouts alone.
    ///
    /// The blocking call itself ends in its own time, so a write that ran out of time may have been made.
    @TaskLocal package static var current: Duration?
}

/// Ends the waiting of callers whose time is over; it sleeps while nobody waits.
final class CallClock: Sendable {
    private struct Entry {
        var deadline: ContinuousClock.Instant
        var isWaiting: @Sendable () -> Bool
        var expire: @Sendable () -> Void
    }

    private struct State {
        var entries: [Entry] = []
        var isTicking = false
    }

    private static let tick = Duration.milliseconds(50)
    private let state = Mutex(State())

    func watch<Answer>(_ call: Call<Answer>, limit: Duration) {
        let entry = Entry(
            deadline: .now + limit, isWaiting: { call.isWaiting },
            expire: { call.finish(.failure(MongoError(.unavailable, detail: "no answer within \(limit)"))) })
        let starts = state.withLock { state in
            state.entries.append(entry)
            defer { state.isTicking = true }
            return !state.isTicking
        }
        if starts { Task { await self.run() } }
    }

    private func run() async {
        while true {
            // Nobody cancels this task.
            try? await Task.sleep(for: Self.tick)
            let (expired, isDone) = state.withLock { state in
                let now = ContinuousClock.now
                state.entries.removeAll { !$0.isWaiting() }
                let expired = state.entries.filter { $0.deadline <= now }
                state.entries.removeAll { $0.deadline <= now }
                state.isTicking = !state.entries.isEmpty
                return (expired, state.entries.isEmpty)
            }
            for entry in expired { entry.expire() }
            if isDone { return }
        }
    }
}
