import Synchronization

/// Bounds the retries of the whole process to a tenth of its calls, and at least ten a minute, so that a failing
/// API is not asked three times as often as a healthy one.
struct RetryBudget: Sendable {
    private static let window = Duration.seconds(60)
    private static let floor = 10

    private var calls: [ContinuousClock.Instant] = []
    private var retries: [ContinuousClock.Instant] = []

    mutating func noteCall(at now: ContinuousClock.Instant) {
        forget(before: now - Self.window)
        calls.append(now)
    }

    /// Whether one more retry is within the budget; if so it is taken.
    mutating func takeRetry(at now: ContinuousClock.Instant) -> Bool {
        forget(before: now - Self.window)
        guard retries.count < max(Self.floor, calls.count / 10) else { return false }
        retries.append(now)
        return true
    }

    private mutating func forget(before start: ContinuousClock.Instant) {
        calls.removeFirst(calls.firstIndex { $0 >= start } ?? calls.count)
        retries.removeFirst(retries.firstIndex { $0 >= start } ?? retries.count)
    }
}

/// A retry budget that several APIs draw from.
package final class SharedRetryBudget: Sendable {
    private let budget = Mutex(RetryBudget())

    package init() {}

    func noteCall() { budget.withLock { $0.noteCall(at: .now) } }

    /// Whether one more retry is within the budget; if so it is taken.
    func takeRetry() -> Bool { budget.withLock { $0.takeRetry(at: .now) } }
}
