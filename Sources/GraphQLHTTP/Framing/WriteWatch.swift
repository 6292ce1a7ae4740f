import NIOCore
import Synchronization

/// Closes a connection on which nothing could be written for some time: a writer that waits for its client cannot do so
/// itself.
final class WriteWatch: Sendable {
    private let channel: any Channel
    private let last = Mutex(ContinuousClock.now)
    private let watching = Mutex<Task<Void, Never>?>(nil)

    init(channel: any Channel, patience: Duration) {
        self.channel = channel
        let task = Task { [weak self] in
            while !Task.isCancelled {
                // Cancellation shows at the next turn.
                try? await Task.sleep(for: patience / 3)
                guard let self else { return }
                if self.last.withLock({ ContinuousClock.now - $0 }) > patience { return self.channel.close(promise: nil) }
            }
        }
        watching.withLock { $0 = task }
    }

    /// Something is being written, or was.
    func note() { last.withLock { $0 = .now } }

    func end() { watching.withLock { $0 }?.cancel() }

    /// Closes the connection after that time, unless it has ended by then.
    func end(within time: Duration) {
        channel.eventLoop.scheduleTask(in: TimeAmount(time)) { [channel] in channel.close(promise: nil) }
    }
}
