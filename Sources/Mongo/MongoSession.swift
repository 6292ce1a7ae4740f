import CMongo

/// A server session, bound to one thread; pass it to each call of a transaction.
package struct MongoSession: Sendable {
    let handle: SessionHandle
    var thread: Int { handle.thread }
}

extension MongoClient {
    /// Runs `body` in a transaction and commits it.
    ///
    /// The whole transaction is run again when it met another one, the commit alone when its outcome is unknown,
    /// with full jitter, until `timeout` is over: `body` must be safe to repeat. When `body` throws, nothing stays.
    package func withTransaction<Answer: Sendable>(
        timeout: Duration = .seconds(5), _ body: (MongoSession) async throws -> Answer
    ) async throws -> Answer {
        let deadline = ContinuousClock.now + timeout
        let session = try await startSession()
        var attempt = 0
        while true {
            do {
                try await session.handle.call { pointer, error, _ in cmongo_transaction_start(pointer, &error) }
                let answer = try await body(session)
                try await commit(session, deadline: deadline)
                return answer
            } catch {
                await abort(session)
                let isTransient = (error as? MongoError)?.kind == .transactionConflict
                guard isTransient, ContinuousClock.now < deadline else { throw error }
                try await Backoff.sleep(attempt: attempt, deadline: deadline)
                attempt += 1
            }
        }
    }

    private func startSession() async throws -> MongoSession {
        let threads = threads
        return try await threads.run(opensSession: true) { connection in
            var error = cmongo_error_t()
            guard let pointer = cmongo_session_start(connection.client, &error) else { throw MongoError(error) }
            threads.noteSession(on: connection.thread)
            return MongoSession(handle: SessionHandle(pointer: pointer, thread: connection.thread, threads: threads))
        }
    }

    private func commit(_ session: MongoSession, deadline: ContinuousClock.Instant) async throws {
        var attempt = 0
        while true {
            do {
                return try await session.handle.call { pointer, error, reply in
                    cmongo_transaction_commit(pointer, &reply, &error)
                }
            } catch let error as MongoError where error.kind == .unknownCommitResult && ContinuousClock.now < deadline {
                try await Backoff.sleep(attempt: attempt, deadline: deadline)
                attempt += 1
            }
        }
    }

    /// Takes the transaction back, also when the caller is cancelled: the job is posted, not awaited.
    private func abort(_ session: MongoSession) async {
        let handle = session.handle
        threads.post(on: handle.thread) { _ in
            if mongoc_client_session_in_transaction(handle.pointer) { _ = cmongo_transaction_abort(handle.pointer) }
        }
    }
}

/// The owner of a `mongoc_client_session_t`.
///
/// `@unchecked Sendable`: the pointer is used only in jobs of `thread`, one after the other; it is destroyed
/// there, once, after the last reference went.
final class SessionHandle: @unchecked Sendable {
    let pointer: OpaquePointer
    let thread: Int
    private let threads: ConnectionThreads

    init(pointer: OpaquePointer, thread: Int, threads: ConnectionThreads) {
        self.pointer = pointer
        self.thread = thread
        self.threads = threads
    }

    deinit {
        let pointer = SendablePointer(pointer)
        threads.post(on: thread) { [threads, thread] _ in
            mongoc_client_session_destroy(pointer.value)
            threads.noteSessionEnd(on: thread)
        }
    }

    /// Makes a call that reports success, an error and perhaps a reply.
    func call(
        _ body: @escaping @Sendable (OpaquePointer, inout cmongo_error_t, inout cmongo_bytes_t) -> Bool
    ) async throws {
        try await threads.run(on: thread) { [self] _ in
            var error = cmongo_error_t()
            var reply = cmongo_bytes_t()
            let succeeded = body(pointer, &error, &reply)
            let document = reply.takeDocument()
            guard succeeded else { throw MongoError(error, reply: document) }
        }
    }
}

/// Full-jitter exponential backoff ("Exponential Backoff And Jitter", AWS Architecture Blog): 5 ms doubling to 500 ms.
enum Backoff {
    static func sleep(attempt: Int, deadline: ContinuousClock.Instant) async throws {
        let ceiling = min(500, 5 << min(attempt, 7))
        let pause = Duration.milliseconds(Int.random(in: 0...ceiling))
        try await Task.sleep(until: min(ContinuousClock.now + pause, deadline))
    }
}
