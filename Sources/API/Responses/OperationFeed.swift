package import Knowledge
import Operations
import ServiceLifecycle

/// An operation's states from the stored one to the last, whichever process works on it.
package struct OperationFeed: Sendable {
    private let dependencies: APIDependencies

    package init(dependencies: APIDependencies) { self.dependencies = dependencies }

    /// How often a reader is told that nothing happened, so that it shows whether it is still there.
    private static let beat = Duration.seconds(1)

    /// Each state newer than `version`, ending after a terminal one, or when the process shuts down; nil where a
    /// second brought nothing. A slow reader misses states between, never the last.
    package func states(of id: String, workspace: String, after version: Int = 0) -> AsyncStream<Operation?> {
        let (states, continuation) = AsyncStream.makeStream(of: Operation?.self, bufferingPolicy: .bufferingNewest(4))
        // A task of its own, ended with the stream: a response's writer cannot be lent to a task group.
        let task = Task {
            await follow(id, workspace: workspace, after: version) { continuation.yield($0) }
            continuation.finish()
        }
        continuation.onTermination = { _ in task.cancel() }
        return states
    }

    private func follow(
        _ id: String, workspace: String, after version: Int, yield: (Operation?) -> Void
    ) async {
        // Watching begins before the stored state is read, so that nothing falls between the two.
        let changes = await dependencies.hub.changes(of: id, workspace: workspace)
        let (merged, continuation) = AsyncStream.makeStream(of: Operation?.self, bufferingPolicy: .bufferingNewest(4))
        await withTaskGroup(of: Void.self) { group in
            group.addTask { for await operation in changes { continuation.yield(operation) } }
            group.addTask {
                var isRead = false
                while !Task.isCancelled {
                    // While the store is away the states of this process still come.
                    let stored = isRead ? nil : try? await dependencies.operations.operation(id, workspace: workspace)
                    isRead = isRead || stored != nil
                    continuation.yield(stored)
                    // Cancellation ends the sleep, and the loop sees it.
                    try? await Task.sleep(for: Self.beat)
                }
            }
            defer { group.cancelAll() }
            var last = version
            for await operation in merged.cancelOnGracefulShutdown() {
                guard let operation, operation.version > last else {
                    // One that has ended is told of again: whoever asks after its end must see that it is over.
                    if operation?.state.isTerminal == true { return yield(operation) }
                    yield(nil)
                    continue
                }
                last = operation.version
                yield(operation)
                if operation.state.isTerminal { return }
            }
        }
    }
}
