package import Knowledge

/// Shows an operation's latest state to this process's watchers; what a slow one misses is replaced, not queued.
package actor OperationHub {
    private var watchers: [String: [UInt64: AsyncStream<Operation>.Continuation]] = [:]
    private var workspaces: [String: String] = [:]
    private var lastWatcher: UInt64 = 0

    package init() {}

    package func publish(_ operation: Operation) {
        for watcher in (watchers[operation.id] ?? [:]).values { watcher.yield(operation) }
    }

    /// Changes of the operation from now on; it ends when the consumer's task is cancelled.
    package func changes(of id: String, workspace: String) -> AsyncStream<Operation> {
        lastWatcher += 1
        workspaces[id] = workspace
        let watcher = lastWatcher
        let (stream, continuation) = AsyncStream.makeStream(of: Operation.self, bufferingPolicy: .bufferingNewest(1))
        watchers[id, default: [:]][watcher] = continuation
        continuation.onTermination = { [weak self] _ in
            Task { await self?.remove(watcher, of: id) }
        }
        return stream
    }

    /// The operations that are watched here, by workspace.
    var watched: [String: [String]] {
        Dictionary(grouping: workspaces, by: \.value).mapValues { $0.map(\.key) }
    }

    /// How many watch an operation here.
    package var watcherCount: Int { watchers.values.reduce(0) { $0 + $1.count } }

    private func remove(_ watcher: UInt64, of id: String) {
        watchers[id]?[watcher] = nil
        guard watchers[id]?.isEmpty == true else { return }
        watchers[id] = nil
        workspaces[id] = nil
    }
}
