package import Knowledge

/// Shows an operation's latest state to this process's watchers; what a slow one misses is replaced, not queued.
package actor OperationHub {
    /// How many beats pass between two signs of life that a watcher gets, to which it can find out that its reader is gone.
    static let beatsToASign: UInt64 = 15

    private final class Watcher {
        let continuation: AsyncStream<OperationNews>.Continuation
        /// The last that it was told, or has from before.
        var version: Int
        /// Until the stored state is known nothing is told; the newest state that comes meanwhile is held.
        var isWaiting = true
        var held: OperationNews?

        init(_ continuation: AsyncStream<OperationNews>.Continuation, version: Int) {
            self.continuation = continuation
            self.version = version
        }

        func tell(_ operation: Operation, _ news: OperationNews) {
            version = operation.version
            continuation.yield(news)
            if operation.state.isTerminal { continuation.finish() }
        }
    }

    private var watchers: [String: [UInt64: Watcher]] = [:]
    private var workspaces: [String: String] = [:]
    private var lastWatcher: UInt64 = 0
    private var beats: UInt64 = 0
    private var isClosed = false

    package init() {}

    /// Tells the watchers that have not seen this state or a later one.
    package func publish(_ operation: Operation) {
        let news = OperationNews.state(operation)
        for watcher in (watchers[operation.id] ?? [:]).values {
            if watcher.isWaiting {
                if operation.version > watcher.held?.operation?.version ?? 0 { watcher.held = news }
            } else if operation.version > watcher.version {
                watcher.tell(operation, news)
            }
        }
    }

    /// The operation's states that are newer than `version`, ending after a terminal one, or when the hub closes, with signs of
    /// life between them. Who asks after a version that does not exist, or after the end, sees that it is over.
    ///
    /// - Parameter read: gives the stored state. Watching begins before it is read, so that nothing falls between the two; and
    ///   an older state that comes late, such as the end of an operation that is resumed by now, is none.
    package func changes(
        of id: String, workspace: String, after version: Int, stored read: () async -> Operation?
    ) async -> AsyncStream<OperationNews> {
        let (stream, continuation) = AsyncStream.makeStream(of: OperationNews.self, bufferingPolicy: .bufferingNewest(1))
        if isClosed {
            continuation.finish()
            return stream
        }
        lastWatcher += 1
        workspaces[id] = workspace
        let watcher = lastWatcher
        watchers[id, default: [:]][watcher] = Watcher(continuation, version: version)
        continuation.onTermination = { [weak self] _ in
            Task { await self?.remove(watcher, of: id) }
        }
        begin(watcher, of: id, await read())
        return stream
    }

    private func begin(_ id: UInt64, of operation: String, _ stored: Operation?) {
        guard let watcher = watchers[operation]?[id] else { return }
        let newest = [stored, watcher.held?.operation].compactMap { $0 }.max { $0.version < $1.version }
        (watcher.isWaiting, watcher.held) = (false, nil)
        if let newest, newest.version > watcher.version || newest.state.isTerminal {
            watcher.tell(newest, .state(newest))
        } else {
            // While the store is away it is better told twice than never.
            watcher.version = newest?.version ?? 0
        }
    }

    /// Signs of life for a part of the watchers, so that not all of them are woken at once.
    func beat() {
        beats += 1
        for (id, watcher) in watchers.values.joined() where id % Self.beatsToASign == beats % Self.beatsToASign {
            // A state that its reader has not fetched yet is worth more.
            if case .dropped(let unread) = watcher.continuation.yield(.signOfLife) { watcher.continuation.yield(unread) }
        }
    }

    /// Ends the streams of an operation that is not there any more.
    func end(_ id: String) {
        for watcher in (watchers[id] ?? [:]).values where !watcher.isWaiting {
            watcher.continuation.yield(.gone)
            watcher.continuation.finish()
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
