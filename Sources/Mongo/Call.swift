import Synchronization

/// One caller that waits for a thread's answer.
///
/// The first of answer and cancellation resumes the caller; the other is dropped.
final class Call<Answer: Sendable>: Sendable {
    private enum State {
        case created
        case waiting(CheckedContinuation<Result<Answer, any Error>, Never>)
        case finished
        case cancelledEarly
    }

    private let state = Mutex(State.created)

    /// Returns false when the call was cancelled before it began to wait.
    func begin(_ continuation: CheckedContinuation<Result<Answer, any Error>, Never>) -> Bool {
        let begins = state.withLock { state in
            guard case .created = state else { return false }
            state = .waiting(continuation)
            return true
        }
        if !begins { continuation.resume(returning: .failure(CancellationError())) }
        return begins
    }

    var isWaiting: Bool {
        state.withLock { if case .waiting = $0 { true } else { false } }
    }

    func finish(_ result: Result<Answer, any Error>) {
        let continuation = state.withLock { state -> CheckedContinuation<Result<Answer, any Error>, Never>? in
            guard case .waiting(let continuation) = state else { return nil }
            state = .finished
            return continuation
        }
        continuation?.resume(returning: result)
    }

    func cancel() {
        let continuation = state.withLock { state -> CheckedContinuation<Result<Answer, any Error>, Never>? in
            switch state {
            case .created:
                state = .cancelledEarly
                return nil
            case .waiting(let continuation):
                state = .finished
                return continuation
            case .finished, .cancelledEarly:
                return nil
            }
        }
        continuation?.resume(returning: .failure(CancellationError()))
    }
}
