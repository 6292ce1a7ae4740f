import ServiceLifecycle
import VectorIndex

/// Gives free memory back to the system now and then: the allocator of itself keeps what one large document took.
struct MemoryUpkeep: Service {
    private static let interval = Duration.seconds(5)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                FreeMemory.giveBack()
                // Cancellation shows at the next turn.
                try? await Task.sleep(for: Self.interval)
            }
        }
    }
}
