package import Knowledge
import ServiceLifecycle

/// Asks the store once a second for all operations that somebody here watches, because other processes work on them too, and
/// lets the hub's heart beat.
package struct OperationPoll: Service {
    private static let interval = Duration.seconds(1)
    private static let batch = 500

    private let store: any OperationStore
    private let hub: OperationHub

    package init(store: any OperationStore, hub: OperationHub) {
        self.store = store
        self.hub = hub
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                // Cancellation ends the sleep, and the loop sees it.
                try? await Task.sleep(for: Self.interval)
                await hub.beat()
                for (workspace, ids) in await hub.watched {
                    for start in stride(from: 0, to: ids.count, by: Self.batch) {
                        // While the store is away the states of this process still come.
                        let asked = ids[start..<min(start + Self.batch, ids.count)]
                        guard let found = try? await store.operations(Array(asked), workspace: workspace) else { continue }
                        for operation in found { await hub.publish(operation) }
                        // Gone with their brands.
                        for id in Set(asked).subtracting(found.map(\.id)) { await hub.end(id) }
                    }
                }
            }
        }
    }
}
