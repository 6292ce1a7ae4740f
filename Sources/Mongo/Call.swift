import Synchronization

/// One caller that waits for a thread's answer.
///
/// The first of answer and cancellation resumes the caller; the other is dropped. The caller takes the answer out of the lock,
/// which tells the thread sanitizer, unlike the continuation, in which order the two threads go.
final class Call<Answer: Sendable>: Sendable {
    private enum State {
        case created
        case waiting(CheckedContinuation<Void, Never>)
        case finished(Result<Answer, any Error>)
        case taken
    }

    private let state = Mutex(State.created)

    /// Waits for the end, which `start` makes sure of; it is not called when the caller was cancelled before.
    func wait(_ start: () -> Void) async -> Result<Answer, any Error> {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let begins = state.withLock { state in
                    guard case .created = state else { return false }
                    state = .waiting(continuation)
                    return true
                }
                if begins { start() } else { continuation.resume() }
            }
        } onCancel: {
            finish(.failure(CancellationError()))
        }
        return state.withLock { state in
            defer { state = .taken }
            return if case .finished(let result) = state { result } else { .failure(CancellationError()) }
        }
    }

    var isWaiting: Bool {
        state.withLock { if case .waiting = $0 { true } else { false } }
    }

    func finish(_ result: Result<Answer, any Error>) {
        let continuation = state.withLock { state -> CheckedContinuation<Void, Never>? in
            switch state {
            case .created:
                state = .finished(result)
                return nil
            case .waiting(let continuation):
                state = .finished(result)
                return continuation
            case .finished, .taken:
                return nil
            }
        }
        continuation?.resume()
    }
}
