import ServiceLifecycle
import VectorIndex

/// Gives free memory back to the system now and then: the allocator of itself keeps what one large document took. What only the
/// start needed is let go of once.
struct MemoryUpkeep: Service {
    private static let interval = Duration.seconds(5)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            // Nobody is asked to wait for pages while the first requests come.
            try? await Task.sleep(for: Self.interval)
            FreeMemory.forgetStart()
            while !Task.isCancelled {
                FreeMemory.giveBack()
                // Cancellation shows at the next turn.
                try? await Task.sleep(for: Self.interval)
            }
        }
    }
}
