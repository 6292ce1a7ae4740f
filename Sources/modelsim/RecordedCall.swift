import Synchronization

/// One call in the log, which is finished once, whoever comes first.
final class RecordedCall: Sendable {
    private let log: RequestLog
    private let index: Int
    private let isOpen = Atomic(true)

    init(log: RequestLog, index: Int) {
        self.log = log
        self.index = index
    }

    func finish(_ outcome: RequestLog.Outcome) {
        guard isOpen.exchange(false, ordering: .relaxed) else { return }
        log.finish(index, outcome, at: Platform.millisecondsSinceEpoch)
    }
}
