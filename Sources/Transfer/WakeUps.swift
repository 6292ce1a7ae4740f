import Synchronization

/// Readers to wake once the thread has done all that it can at this moment.
///
/// A response mostly arrives in one piece: head, body and end then cost its reader one wake-up in place of three.
final class WakeUps: Sendable {
    private let waiting = Mutex<[CheckedContinuation<Void, Never>]>([])

    func add(_ continuation: CheckedContinuation<Void, Never>) { waiting.withLock { $0.append(continuation) } }

    func flush() {
        let due = waiting.withLock { waiting in
            defer { waiting.removeAll(keepingCapacity: true) }
            return waiting
        }
        for continuation in due { continuation.resume() }
    }
}
