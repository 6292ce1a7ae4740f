import Knowledge

/// When a failed attempt is made again, as a pure function of what is known.
struct RetryPolicy: Sendable {
    /// Attempts after the first.
    var retries = 2
    var firstPause = Duration.milliseconds(500)
    var longestPause = Duration.seconds(8)
    /// An attempt that has less time than this is not started.
    var shortestAttempt = Duration.milliseconds(250)

    /// A failed attempt, with the pause that the API asked for.
    struct Failure: Error, Sendable {
        var error: ModelError
        var retryAfter: Duration?
    }

    /// The pause before the next attempt, or nil when the failure is final.
    ///
    /// - Parameter jitter: 0…1, drawn by the caller (full jitter: AWS Architecture Blog, "Exponential Backoff And Jitter").
    func pause(after failure: Failure, attempt: Int, remaining: Duration, jitter: Double) -> Duration? {
        guard attempt <= retries else { return nil }
        switch failure.error.kind {
        case .unavailable, .rateLimited, .timedOut: break
        default: return nil
        }
        let ceiling = min(longestPause, firstPause * (1 << (attempt - 1)))
        var pause = ceiling * jitter
        if let asked = failure.retryAfter { pause = max(pause, asked) }
        return pause + shortestAttempt <= remaining ? pause : nil
    }
}
