package import Knowledge

/// Shows an operation's latest state to this process's watchers; what a slow one misses is replaced, not queued.
package actor OperationHub {
    /// How many beats pass between two signs of life that a watcher gets, to which it can find out that its reader is gone.
    static let beatsToASign: UInt64 = 15

    private struct Watcher {
        let continuation: AsyncStream<Operation?>.Continuation
        var version: Int
    }

    private var watchers: [String: [UInt64: Watcher]] = [:]
    private var workspaces: [String: String] = [:]
    private var lastWatcher: UInt64 = 0
    private var beats: UInt64 = 0
    private var isClosed = false

    package init() {}

    /// Tells the watchers that have not seen this state. One that has ended is told of again: whoever asks after its end must
    /// see that it is over.
    package func publish(_ operation: Operation) {
        for (id, watcher) in watchers[operation.id] ?? [:] where operation.version > watcher.version || operation.state.isTerminal {
            watchers[operation.id]?[id]?.version = operation.version
            watcher.continuation.yield(operation)
            if operation.state.isTerminal { watcher.continuation.finish() }
        }
    }

    /// The operation's states that are newer than `version` from now on, ending after a terminal one, or when the hub closes;
    /// nil as a sign of life.
    package func changes(of id: String, workspace: String, after version: Int) -> AsyncStream<Operation?> {
        let (stream, continuation) = AsyncStream.makeStream(of: Operation?.self, bufferingPolicy: .bufferingNewest(1))
        if isClosed {
            continuation.finish()
            return stream
        }
        lastWatcher += 1
        workspaces[id] = workspace
        let watcher = lastWatcher
        watchers[id, default: [:]][watcher] = Watcher(continuation: continuation, version: version)
        continuation.onTermination = { [weak self] _ in
            Task { await self?.remove(watcher, of: id) }
        }
        return stream
    }

    /// Signs of life for a part of the watchers, so that not all of them are woken at once.
    func beat() {
        beats += 1
        for (id, watcher) in watchers.values.joined() where id % Self.beatsToASign == beats % Self.beatsToASign {
            // A state that its reader has not fetched yet is worth more.
            if case .dropped(let unread?) = watcher.continuation.yield(nil) { watcher.continuation.yield(unread) }
        }
    }

    /// Ends all streams, and those that are asked for later.
    package func close() {
        isClosed = true
        for watcher in watchers.values.joined() { watcher.value.continuation.finish() }
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
