import Synchronization

/// Bounds the retries of the whole process, so that a failing API is not asked three times as often as a healthy
/// one: a tenth of all attempts and ten a minute, of which up to 100 are saved up.
struct RetryBudget: Sendable {
    private static let share = 0.1
    private static let perMinute = 10.0
    private static let capacity = 100.0

    /// Enough for the slips of the first minute; a lone first call may retry.
    private var tokens = 50.0
    private var lastRefill: ContinuousClock.Instant?

    mutating func noteAttempt(at now: ContinuousClock.Instant) {
        refill(at: now)
        tokens = min(Self.capacity, tokens + Self.share)
    }

    /// Whether one more retry is within the budget; if so it is taken.
    mutating func takeRetry(at now: ContinuousClock.Instant) -> Bool {
        refill(at: now)
        guard tokens >= 1 else { return false }
        tokens -= 1
        return true
    }

    private mutating func refill(at now: ContinuousClock.Instant) {
        if let lastRefill { tokens = min(Self.capacity, tokens + (now - lastRefill) / .seconds(60) * Self.perMinute) }
        lastRefill = now
    }
}

/// A retry budget that several APIs draw from.
package final class SharedRetryBudget: Sendable {
    private let budget = Mutex(RetryBudget())

    package init() {}

    func noteAttempt() { budget.withLock { $0.noteAttempt(at: .now) } }

    /// Whether one more retry is within the budget; if so it is taken.
    func takeRetry() -> Bool { budget.withLock { $0.takeRetry(at: .now) } }
}
