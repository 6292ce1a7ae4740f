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
    private typealias Job = ThreadQueue.Job

    private struct State {
        var queue: ThreadQueue
        var running: Int
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
        state = Mutex(State(queue: ThreadQueue(threads: threads), running: threads))
        for index in 0..<threads {
            let thread = Thread { [self] in serve(thread: index) }
            thread.name = "mongo-\(index)"
            thread.stackSize = 1 << 20
            thread.start()
        }
    }

    /// Runs `body` on a thread, the given one if `thread` is set, and returns its result.
    ///
    /// One that opens a session calls `noteSession`, and what ends the session `noteSessionEnd`, both on its thread.
    ///
    /// A cancelled caller gets `CancellationError` at once, and one whose `MongoTimeLimit` is over an error of kind
    /// `unavailable`; the blocking call ends in its own time and its result is dropped.
    func run<Answer: Sendable>(
        on thread: Int? = nil, opensSession: Bool = false, _ body: @escaping @Sendable (borrowing Connection) throws -> Answer
    ) async throws -> Answer {
        let start = ContinuousClock.now
        let call = Call<Answer>()
        let result = await call.wait {
            if let limit = MongoTimeLimit.current { clock.watch(call, limit: limit) }
            let job = Job(
                opensSession: opensSession,
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
        wake(state.withLock { $0.queue.add(Job(run: body, refuse: {}), for: thread) })
    }

    func noteSession(on thread: Int) { state.withLock { $0.queue.noteSession(on: thread) } }
    func noteSessionEnd(on thread: Int) { state.withLock { $0.queue.noteSessionEnd(on: thread) } }

    /// Lets queued calls fail, waits for those under way, and frees the pool.
    func close() {
        let (refused, woken) = state.withLock { $0.queue.close() }
        woken.forEach(wake)
        for job in refused { job.refuse() }
    }

    private func enqueue(_ job: Job, thread: Int?) -> MongoError? {
        let (refusal, woken) = state.withLock { state -> (MongoError?, Int?) in
            guard !state.queue.isClosed else { return (MongoError(.unavailable, detail: "the client is closed"), nil) }
            if let thread { return (nil, state.queue.add(job, for: thread)) }
            guard state.queue.waitingCount < queueLimit else {
                return (MongoError(.overloaded, detail: "\(queueLimit) calls are waiting"), nil)
            }
            return (nil, state.queue.add(job))
        }
        wake(woken)
        return refusal
    }

    private func wake(_ thread: Int?) {
        if let thread { semaphores[thread].signal() }
    }

    private func serve(thread: Int) {
        if let client = mongoc_client_pool_pop(pool) {
            let connection = Connection(client: client, thread: thread)
            while let job = nextJob(thread: thread) { run(job, connection) }
            mongoc_client_pool_push(pool, client)
        }
        let isLast = state.withLock { state in
            state.running -= 1
            return state.running == 0
        }
        if isLast { mongoc_client_pool_destroy(pool) }
    }

    private func run(_ job: Job, _ connection: borrowing Connection) {
        job.run(connection)
        guard job.opensSession else { return }
        wake(state.withLock { $0.queue.noteOpeningEnd() })
    }

    private func nextJob(thread: Int) -> Job? {
        while true {
            let (taken, hasEnded) = state.withLock { ($0.queue.take(for: thread), $0.queue.hasEnded(thread)) }
            wake(taken.woken)
            if taken.job != nil || hasEnded { return taken.job }
            semaphores[thread].wait()
        }
    }
}

extension Result where Failure == any Error {
    /// Nil for a success, and for a caller that went away.
    fileprivate var failureKind: MongoError.Kind? {
        guard case .failure(let error) = self else { return nil }
        return (error as? MongoError)?.kind
    }
}
