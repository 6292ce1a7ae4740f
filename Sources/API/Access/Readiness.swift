import HTTPTypes
import Synchronization

/// Whether the service can do its work: its collections and indexes are made. Requests that come earlier wait.
package final class Readiness: Sendable {
    private static let poll = Duration.milliseconds(20)
    /// How long a request waits for the start to end.
    private static let patience = Duration.seconds(2)

    private let state = Atomic(false)
    private let leaving = Atomic(false)

    package init() {}

    var isReady: Bool { state.load(ordering: .acquiring) }

    /// Whether the process stops soon: clients are told with each answer that their connections end.
    var isLeaving: Bool { leaving.load(ordering: .acquiring) }

    package func leave() { leaving.store(true, ordering: .releasing) }

    package func declare() { state.store(true, ordering: .releasing) }

    /// Returns once the service is ready.
    ///
    /// - Throws: `Problem` 503 when that takes long; `CancellationError`.
    func waitBriefly() async throws {
        let deadline = ContinuousClock.now + Self.patience
        while !isReady {
            guard ContinuousClock.now < deadline else {
                var problem = Problem(.unavailable, "the service is starting")
                problem.headers = [(.retryAfter, "1")]
                throw problem
            }
            try await Task.sleep(for: Self.poll)
        }
    }

    /// Returns once the service is ready; the start ends well or the process does.
    ///
    /// - Throws: `CancellationError`.
    package func wait() async throws {
        while !isReady { try await Task.sleep(for: Self.poll) }
    }
}
