import Synchronization

/// One exchange between its caller's task and the engine's thread.
final class Transfer: Sendable {
    let id: UInt64
    let request: TransferRequest
    let started: ContinuousClock.Instant

    private struct State {
        var exchange: Exchange
        var lastProgress: ContinuousClock.Instant
        var waiter: CheckedContinuation<Void, Never>?
        var isCancelled = false
    }

    private let state: Mutex<State>

    init(id: UInt64, request: TransferRequest) {
        self.id = id
        self.request = request
        started = .now
        state = Mutex(State(exchange: Exchange(maximumBytes: request.maximumResponseBytes), lastProgress: .now))
    }

    // MARK: The engine's side

    func receive(headerLine bytes: UnsafeRawBufferPointer) -> Exchange.Acceptance {
        update { state in
            state.lastProgress = .now
            return state.exchange.receive(headerLine: bytes)
        }
    }

    func receive(body bytes: UnsafeRawBufferPointer) -> Exchange.Acceptance {
        update { state in
            if request.progress == .anyByte { state.lastProgress = .now }
            return state.exchange.receive(body: bytes)
        }
    }

    func finish(_ result: Result<Void, TransferError>) {
        update { $0.exchange.finish(result) }
    }

    /// The timer that is over, or nil and the next moment at which one can be.
    func dueTimer(at now: ContinuousClock.Instant) -> (timer: TransferError.Timer?, next: ContinuousClock.Instant) {
        state.withLock { state in
            let timeouts = request.timeouts
            var deadlines: [(TransferError.Timer, ContinuousClock.Instant)] = [(.total, started + timeouts.total)]
            if state.exchange.head == nil {
                deadlines.append((.firstByte, started + timeouts.firstByte))
            } else if !state.exchange.isPaused {
                deadlines.append((.idle, state.lastProgress + timeouts.idle))
            }
            let next = deadlines.min { $0.1 < $1.1 }!
            return next.1 <= now ? (next.0, now) : (nil, next.1)
        }
    }

    /// Changes the state and wakes the reader, who looks for what is new.
    private func update<Answer>(_ change: (inout State) -> Answer) -> Answer {
        let (answer, waiter) = state.withLock { state in
            let answer = change(&state)
            defer { state.waiter = nil }
            return (answer, state.waiter)
        }
        waiter?.resume()
        return answer
    }

    // MARK: The caller's side

    func noteProgress() { state.withLock { $0.lastProgress = .now } }

    /// Wakes the reader, who then throws `CancellationError`.
    func cancel() { update { $0.isCancelled = true } }

    func head() async throws -> Exchange.Head {
        while true {
            switch state.withLock({ $0.exchange.readHead() }) {
            case .ready(let head): return head
            case .failed(let error): throw error
            case .pending:
                try await wait { $0.exchange.isHeadPending }
            }
        }
    }

    /// The next bytes, nil at the end, and whether the connection must be told to go on.
    func bodyBytes() async throws -> (bytes: [UInt8]?, resumesConnection: Bool) {
        while true {
            switch state.withLock({ state in
                let read = state.exchange.readBody()
                if case .bytes(_, resumesConnection: true) = read { state.lastProgress = .now }
                return read
            }) {
            case .bytes(let bytes, let resumes): return (bytes, resumes)
            case .end: return (nil, false)
            case .failed(let error): throw error
            case .pending:
                try await wait { $0.exchange.isBodyPending }
            }
        }
    }

    private func wait(while isPending: (State) -> Bool) async throws {
        await withCheckedContinuation { continuation in
            let waits = state.withLock { state in
                guard !state.isCancelled, isPending(state) else { return false }
                state.waiter = continuation
                return true
            }
            if !waits { continuation.resume() }
        }
        if state.withLock({ $0.isCancelled }) { throw CancellationError() }
    }
}
