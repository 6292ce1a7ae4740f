import CMongo
import Dispatch
import Foundation
import Synchronization

/// Threads that make libmongoc's blocking calls, so that the cooperative pool never blocks.
///
/// Each thread pops one client when it starts and keeps it: a pop never waits, and everything made from a
/// client stays on one thread.
///
/// A thread without work waits for its own semaphore: each call wakes one thread, the one that rested last.
///
/// `@unchecked Sendable`: the pool pointer is thread-safe by libmongoc's contract and is destroyed once, after every
/// thread has ended; all else is immutable or behind the lock.
final class ConnectionThreads: @unchecked Sendable {
    /// A queued call: `run` makes it, `refuse` answers it when the threads close first.
    fileprivate struct Job: Sendable {
        var run: @Sendable (borrowing Connection) -> Void
        var refuse: @Sendable () -> Void
    }

    fileprivate struct State {
        /// Nil where it was served: what a job holds may post when it is let go, and must not be let go under the lock.
        var shared: [Job?] = []
        var sharedHead = 0
        var pinned: [[Job]]
        /// The threads that wait for their semaphores, and were not woken yet.
        var resting: [Int] = []
        var running: Int
        var isClosed = false
    }

    private let pool: OpaquePointer
    private let queueLimit: Int
    private let observer: (@Sendable (Duration, MongoError.Kind?) -> Void)?
    private let clock = CallClock()
    private let semaphores: [DispatchSemaphore]
    private let state: Mutex<State>

    /// Takes ownership of `pool`.
    init(pool: OpaquePointer, threads: Int, queueLimit: Int, observer: (@Sendable (Duration, MongoError.Kind?) -> Void)? = nil) {
        self.observer = observer
        self.pool = pool
        self.queueLimit = queueLimit
        semaphores = (0..<threads).map { _ in DispatchSemaphore(value: 0) }
        state = Mutex(State(pinned: Array(repeating: [], count: threads), running: threads))
        for index in 0..<threads {
            let thread = Thread { [self] in serve(thread: index) }
            thread.name = "mongo-\(index)"
            thread.stackSize = 1 << 20
            thread.start()
        }
    }

    /// Runs `body` on a thread, the given one if `thread` is set, and returns its result.
    ///
    /// A cancelled caller gets `CancellationError` at once, and one whose `MongoTimeLimit` is over an error of kind
    /// `unavailable`; the blocking call ends in its own time and its result is dropped.
    func run<Answer: Sendable>(
        on thread: Int? = nil, _ body: @escaping @Sendable (borrowing Connection) throws -> Answer
    ) async throws -> Answer {
        let start = ContinuousClock.now
        let call = Call<Answer>()
        let result = await call.wait {
            if let limit = MongoTimeLimit.current { clock.watch(call, limit: limit) }
            let job = Job(
                run: { connection in
                    guard call.isWaiting else { return }
                    let result: Result<Answer, any Error>
                    do { result = .success(try body(connection)) } catch { result = .failure(error) }
                    call.finish(result)
                },
                refuse: { call.finish(.failure(MongoError(.unavailable, detail: "the client is closed"))) })
            if let refusal = enqueue(job, thread: thread) { call.finish(.failure(refusal)) }
        }
        if let observer { observer(start.duration(to: .now), result.failureKind) }
        return try result.get()
    }

    /// Queues work that nobody waits for, such as the destruction of a handle; it is done even while closing.
    func post(on thread: Int, _ body: @escaping @Sendable (borrowing Connection) -> Void) {
        let isResting = state.withLock { state in
            state.pinned[thread].append(Job(run: body, refuse: {}))
            return state.stopResting(thread)
        }
        if isResting { semaphores[thread].signal() }
    }

    /// Lets queued calls fail, waits for those under way, and frees the pool.
    func close() {
        let (refused, resting) = state.withLock { state -> ([Job], [Int]) in
            defer { (state.shared, state.sharedHead, state.resting, state.isClosed) = ([], 0, [], true) }
            return (state.shared[state.sharedHead...].compactMap { $0 }, state.resting)
        }
        for thread in resting { semaphores[thread].signal() }
        for job in refused { job.refuse() }
    }

    private func enqueue(_ job: Job, thread: Int?) -> MongoError? {
        let (refusal, woken) = state.withLock { state -> (MongoError?, Int?) in
            guard !state.isClosed else { return (MongoError(.unavailable, detail: "the client is closed"), nil) }
            if let thread {
                state.pinned[thread].append(job)
                return (nil, state.stopResting(thread) ? thread : nil)
            }
            guard state.shared.count - state.sharedHead < queueLimit else {
                return (MongoError(.overloaded, detail: "\(queueLimit) calls are waiting"), nil)
            }
            state.shared.append(job)
            return (nil, state.resting.popLast())
        }
        if let woken { semaphores[woken].signal() }
        return refusal
    }

    private func serve(thread: Int) {
        if let client = mongoc_client_pool_pop(pool) {
            let connection = Connection(client: client, thread: thread)
            while let job = nextJob(thread: thread) { job.run(connection) }
            mongoc_client_pool_push(pool, client)
        }
        let isLast = state.withLock { state in
            state.running -= 1
            return state.running == 0
        }
        if isLast { mongoc_client_pool_destroy(pool) }
    }

    private func nextJob(thread: Int) -> Job? {
        while true {
            let (job, isClosed) = state.withLock { state -> (Job?, Bool) in
                if let job = state.take(for: thread) { return (job, false) }
                if !state.isClosed { state.resting.append(thread) }
                return (nil, state.isClosed)
            }
            if job != nil || isClosed { return job }
            semaphores[thread].wait()
        }
    }
}

extension ConnectionThreads.State {
    /// The thread's own work first, then the oldest of the shared.
    mutating func take(for thread: Int) -> ConnectionThreads.Job? {
        if !pinned[thread].isEmpty { return pinned[thread].removeFirst() }
        guard sharedHead < shared.count else { return nil }
        let job = shared[sharedHead].take()
        sharedHead += 1
        // Dropped once it is half of the queue, so that taking a job is O(1) on average.
        if sharedHead * 2 > shared.count {
            shared.removeFirst(sharedHead)
            sharedHead = 0
        }
        return job
    }

    /// Whether the thread rested: it is to be woken then.
    mutating func stopResting(_ thread: Int) -> Bool {
        guard let place = resting.lastIndex(of: thread) else { return false }
        resting.remove(at: place)
        return true
    }
}

extension Result where Failure == any Error {
    /// Nil for a success, and for a caller that went away.
    fileprivate var failureKind: MongoError.Kind? {
        guard case .failure(let error) = self else { return nil }
        return (error as? MongoError)?.kind
    }
}
