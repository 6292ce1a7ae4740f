import Knowledge

/// Store calls of a worker go on asking while the database is away, for as long as its lease may hold: work that was
/// paid for is not thrown away because of a restart of the database.
package enum Persistence {
    package static let patience = Duration.seconds(25)
    /// While the process stops, which it must within 15 s; the lease hands on what could not be recorded.
    package static let stoppingPatience = Duration.seconds(5)
    private static let firstPause = Duration.milliseconds(50)
    private static let longestPause = Duration.seconds(1)

    /// Runs `call`, again with growing pauses while it throws `StoreError.unavailable`.
    package static func run<Answer: Sendable>(
        for patience: Duration = patience, _ call: @Sendable () async throws -> Answer
    ) async throws -> Answer {
        let deadline = ContinuousClock.now + patience
        var pause = firstPause
        while true {
            do {
                return try await call()
            } catch StoreError.unavailable where ContinuousClock.now + pause < deadline {
                try await Task.sleep(for: pause)
                pause = min(pause * 2, longestPause)
            }
        }
    }
}
