import Synchronization

/// One exchange between its caller's task and the engine's thread.
final class Transfer: Sendable {
    let id: UInt64
    let request: TransferRequest
    let started: ContinuousClock.Instant

    fileprivate struct State {
        var exchange: Exchange
        var lastProgress: ContinuousClock.Instant
        var upload: Upload?
        /// The reader of the response, and the writer of the request's body.
        var waiter: CheckedContinuation<Void, Never>?
        var writer: CheckedContinuation<Void, Never>?
        var writing: Task<Void, Never>?
        var isCancelled = false
    }

    private let state: Mutex<State>
    private let wakeUps: WakeUps

    init(id: UInt64, request: TransferRequest, wakeUps: WakeUps) {
        self.id = id
        self.request = request
        self.wakeUps = wakeUps
        started = .now
        var initial = State(exchange: Exchange(maximumBytes: request.maximumResponseBytes), lastProgress: .now)
        if case .streamed(let length, _)? = request.body { initial.upload = Upload(length: length) }
        state = Mutex(initial)
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

    func readUpload(into target: UnsafeMutableRawBufferPointer) -> Upload.Read {
        let (read, writer) = state.withLock { state -> (Upload.Read, CheckedContinuation<Void, Never>?) in
            let read = state.upload?.read(into: target) ?? .end
            guard state.upload?.isFull == false else { return (read, nil) }
            defer { state.writer = nil }
            return (read, state.writer)
        }
        if let writer { wakeUps.add(writer) }
        return read
    }

    func finish(_ result: Result<Void, TransferError>) {
        update { $0.exchange.finish(result) }
        stopWriting()
    }

    /// The timer that is over, or nil and the next moment at which one can be.
    func dueTimer(at now: ContinuousClock.Instant) -> (timer: TransferError.Timer?, next: ContinuousClock.Instant) {
        state.withLock { state in
            let timeouts = request.timeouts
            var deadlines: [(TransferError.Timer, ContinuousClock.Instant)] = [(.total, started + timeouts.total)]
            var next = started + timeouts.total
            if state.exchange.head != nil, !state.exchange.isPaused {
                deadlines.append((.idle, state.lastProgress + timeouts.idle))
            } else {
                // With the head, and with the end of a pause, the time for silence begins.
                next = min(next, now + timeouts.idle)
            }
            if state.exchange.head == nil { deadlines.append((.firstByte, started + timeouts.firstByte)) }
            let first = deadlines.min { $0.1 < $1.1 }!
            return first.1 <= now ? (first.0, now) : (nil, min(next, first.1))
        }
    }

    /// Changes the state; its reader is woken with the thread's next flush and looks for what is new.
    private func update<Answer>(_ change: (inout State) -> Answer) -> Answer {
        let (answer, waiter) = state.withLock { state in
            let answer = change(&state)
            defer { state.waiter = nil }
            return (answer, state.waiter)
        }
        if let waiter { wakeUps.add(waiter) }
        return answer
    }

    // MARK: The caller's side

    func noteProgress() { state.withLock { $0.lastProgress = .now } }

    /// Wakes the reader, who then throws `CancellationError`.
    func cancel() {
        let waiter = state.withLock { state in
            state.isCancelled = true
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
        stopWriting()
    }

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

    // MARK: The request body's side

    func setWriting(_ task: Task<Void, Never>) {
        let isLate = state.withLock { state in
            state.writing = task
            return state.isCancelled || state.exchange.result != nil
        }
        if isLate { task.cancel() }
    }

    /// Waits until all of `bytes` are taken; the answer says whether the connection must be told to go on.
    func write(_ bytes: [UInt8]) async throws -> Bool {
        while true {
            switch state.withLock({ $0.isOver ? .refused(.bodyUnwanted) : $0.upload?.write(bytes) ?? .refused(.bodyUnwanted) }) {
            case .taken(let resumes): return resumes
            case .refused(let error): throw error
            case .full:
                try Task.checkCancellation()
                await waitForRoom()
            }
        }
    }

    func completeUpload() throws -> Bool {
        switch state.withLock({ $0.upload?.complete() ?? .full }) {
        case .taken(let resumes): return resumes
        case .refused(let error): throw error
        case .full: return false
        }
    }

    private func waitForRoom() async {
        await withCheckedContinuation { continuation in
            let waits = state.withLock { state in
                guard !state.isOver, state.upload?.isFull == true else { return false }
                state.writer = continuation
                return true
            }
            if !waits { continuation.resume() }
        }
    }

    private func stopWriting() {
        let (task, writer) = state.withLock { state in
            defer { (state.writing, state.writer) = (nil, nil) }
            return (state.writing, state.writer)
        }
        task?.cancel()
        writer?.resume()
    }
}

extension Transfer.State {
    fileprivate var isOver: Bool { isCancelled || exchange.result != nil }
}

extension TransferError {
    fileprivate static var bodyUnwanted: TransferError {
        TransferError(.interrupted, detail: "the exchange ended before its body did")
    }
}
