import CMongo
import Foundation

/// Threads that make libmongoc's blocking calls, so that the cooperative pool never blocks.
///
/// Each thread pops one client when it starts and keeps it: a pop never waits, and everything made from a
/// client stays on one thread.
///
/// `@unchecked Sendable`: `shared`, `pinned` and `isClosed` are touched only while `condition` is locked.
/// The pool pointer is thread-safe by libmongoc's contract and is destroyed once, after every thread has ended.
final class ConnectionThreads: @unchecked Sendable {
    /// A queued call: `run` makes it, `refuse` answers it when the threads close first.
    private struct Job {
        var run: (borrowing Connection) -> Void
        var refuse: () -> Void
    }

    private let pool: OpaquePointer
    private let queueLimit: Int
    private let observer: (@Sendable (Duration, MongoError.Kind?) -> Void)?
    private let clock = CallClock()
    private let condition = NSCondition()
    /// Nil where it was served: what a job holds may post when it is let go, and must not be let go while `condition` is locked.
    private var shared: [Job?] = []
    private var sharedHead = 0
    private var pinned: [[Job]]
    private var isClosed = false
    private var running: Int

    /// Takes ownership of `pool`.
    init(pool: OpaquePointer, threads: Int, queueLimit: Int, observer: (@Sendable (Duration, MongoError.Kind?) -> Void)? = nil) {
        self.observer = observer
        self.pool = pool
        self.queueLimit = queueLimit
        pinned = Array(repeating: [], count: threads)
        running = threads
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
        condition.withLock {
            pinned[thread].append(Job(run: body, refuse: {}))
            condition.broadcast()
        }
    }

    /// Lets queued calls fail, waits for those under way, and frees the pool.
    func close() {
        let refused = condition.withLock { () -> [Job] in
            guard !isClosed else { return [] }
            isClosed = true
            defer {
                shared = []
                sharedHead = 0
            }
            condition.broadcast()
            return shared[sharedHead...].compactMap { $0 }
        }
        for job in refused { job.refuse() }
    }

    private func enqueue(_ job: Job, thread: Int?) -> MongoError? {
        condition.withLock {
            guard !isClosed else { return MongoError(.unavailable, detail: "the client is closed") }
            if let thread {
                pinned[thread].append(job)
                condition.broadcast()
                return nil
            }
            guard shared.count - sharedHead < queueLimit else {
                return MongoError(.overloaded, detail: "\(queueLimit) calls are waiting")
            }
            shared.append(job)
            condition.signal()
            return nil
        }
    }

    private func serve(thread: Int) {
        if let client = mongoc_client_pool_pop(pool) {
            let connection = Connection(client: client, thread: thread)
            while let job = nextJob(thread: thread) { job.run(connection) }
            mongoc_client_pool_push(pool, client)
        }
        let isLast = condition.withLock {
            running -= 1
            return running == 0
        }
        if isLast { mongoc_client_pool_destroy(pool) }
    }

    private func nextJob(thread: Int) -> Job? {
        condition.withLock {
            while true {
                if !pinned[thread].isEmpty { return pinned[thread].removeFirst() }
                if sharedHead < shared.count {
                    defer { compact() }
                    let job = shared[sharedHead].take()
                    sharedHead += 1
                    return job
                }
                if isClosed { return nil }
                condition.wait()
            }
        }
    }

    /// Drops what was served once it is half of the queue, so that taking a job is O(1) on average.
    private func compact() {
        if sharedHead * 2 > shared.count {
            shared.removeFirst(sharedHead)
            sharedHead = 0
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
