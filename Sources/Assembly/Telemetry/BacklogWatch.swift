import Foundation
import Knowledge
import ServiceLifecycle
import Telemetry

/// Looks now and then how much work waits in the database, for all processes together.
struct BacklogWatch: Service {
    private static let interval = Duration.seconds(5)

    private let operations: any OperationStore
    private let clock: any WallClock
    private let queued: Gauge
    private let oldest: Gauge
    private let isUp: Gauge

    init(operations: any OperationStore, clock: any WallClock, metrics: Metrics) {
        self.operations = operations
        self.clock = clock
        queued = metrics.gauge("postwright_operations_queued", "Operations that wait for a worker, of all processes.")
        oldest = metrics.gauge("postwright_operations_oldest_queued_seconds", "Age of the one that waits for the longest time.")
        isUp = metrics.gauge("postwright_database_up", "Whether the database answered when it was last asked.")
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await look()
                // Cancellation ends the sleep, and the loop sees it.
                try? await Task.sleep(for: Self.interval)
            }
        }
    }

    private func look() async {
        do {
            let backlog = try await operations.backlog()
            queued.set(Double(backlog.queued))
            oldest.set(backlog.oldest.map { max(0, clock.now.timeIntervalSince($0)) } ?? 0)
            isUp.set(1)
        } catch {
            isUp.set(0)
        }
    }
}
