package import BSON
import CMongo
import Foundation

/// What a change stream tells.
package enum ChangeEvent: Sendable {
    /// One change, with the token from which a later stream goes on behind it.
    case change(BSONDocument, resumeToken: BSONDocument)
    /// Nothing changed for a while; the token moves on all the same.
    case idle(resumeToken: BSONDocument)
    /// Changes were missed: note what is current, then go on with the stream.
    case lost
}

/// Where a change stream begins.
package enum ChangeStreamStart: Sendable {
    case now
    case after(resumeToken: BSONDocument)
    case at(BSONTimestamp)
}

extension MongoCollection {
    /// The changes of this collection, without end: a lost connection is resumed with backoff.
    ///
    /// It has a thread and a client of its own. At most 64 events wait for the consumer; then the thread waits.
    /// Cancelling the consumer's task, or dropping the sequence, ends the thread within the await time.
    package func watch(
        _ pipeline: [BSONDocument] = [], from start: ChangeStreamStart = .now, maxAwaitTimeMS: Int = 500,
        fullDocument: Bool = true
    ) -> ChangeStream {
        let reader = ChangeStreamReader(
            collection: self, pipeline: pipeline, start: start, maxAwaitTimeMS: maxAwaitTimeMS, fullDocument: fullDocument)
        reader.start()
        return ChangeStream(lease: ChangeStreamLease(reader: reader))
    }
}

/// An endless sequence of `ChangeEvent` for one consumer.
package struct ChangeStream: AsyncSequence, Sendable {
    let lease: ChangeStreamLease

    package struct AsyncIterator: AsyncIteratorProtocol {
        let lease: ChangeStreamLease

        package func next() async throws -> ChangeEvent? { try await lease.reader.next() }
    }

    package func makeAsyncIterator() -> AsyncIterator { AsyncIterator(lease: lease) }
}

/// Stops the reader when the last consumer lets go.
final class ChangeStreamLease: Sendable {
    let reader: ChangeStreamReader

    init(reader: ChangeStreamReader) { self.reader = reader }

    deinit { reader.stop() }
}

/// The thread behind a change stream.
///
/// `@unchecked Sendable`: `buffer`, `waiter` and `isStopped` are touched only while `condition` is locked;
/// `start` and the libmongoc handles only on the reader's own thread, which destroys them.
final class ChangeStreamReader: @unchecked Sendable {
    private static let bufferLimit = 64
    /// Some servers answer at once, with nothing, whenever anything is written; after so many answers in a row that came sooner
    /// than this, each question waits for a pause.
    private static let emptyAnswersAtOnce = 3
    private static let earlyAnswer = Duration.milliseconds(50)
    /// In seconds.
    private static let pause = 0.005

    private let collection: MongoCollection
    private let pipeline: [BSONDocument]
    private let maxAwaitTimeMS: Int
    private let fullDocument: Bool
    private var position: ChangeStreamStart
    /// Whether events were missed, and nobody was told yet.
    private var isLost = false
    private let condition = NSCondition()
    private var buffer: [ChangeEvent] = []
    private var waiter: Call<ChangeEvent?>?
    private var isStopped = false

    init(
        collection: MongoCollection, pipeline: [BSONDocument], start: ChangeStreamStart, maxAwaitTimeMS: Int, fullDocument: Bool
    ) {
        self.collection = collection
        self.pipeline = pipeline
        self.maxAwaitTimeMS = maxAwaitTimeMS
        self.fullDocument = fullDocument
        position = start
    }

    func start() {
        let thread = Thread { [self] in serve() }
        thread.name = "mongo-watch"
        thread.stackSize = 1 << 20
        thread.start()
    }

    func stop() {
        let waiting = condition.withLock {
            isStopped = true
            condition.broadcast()
            defer { waiter = nil }
            return waiter
        }
        waiting?.finish(.success(nil))
    }

    func next() async throws -> ChangeEvent? {
        let call = Call<ChangeEvent?>()
        return try await call.wait { hand(to: call) }.get()
    }

    private func hand(to call: Call<ChangeEvent?>) {
        let ready = condition.withLock { () -> ChangeEvent?? in
            if !buffer.isEmpty {
                condition.broadcast()
                return .some(buffer.removeFirst())
            }
            if isStopped { return .some(nil) }
            waiter = call
            return nil
        }
        if let ready { call.finish(.success(ready)) }
    }

    /// Gives an event to the consumer, or buffers it, or waits while the buffer is full.
    private func deliver(_ event: ChangeEvent) {
        let receiver = condition.withLock { () -> Call<ChangeEvent?>? in
            while buffer.count >= Self.bufferLimit && !isStopped { condition.wait() }
            // Only for the oldest: what is buffered was told before.
            if buffer.isEmpty, let call = waiter, call.isWaiting {
                waiter = nil
                return call
            }
            if case .idle = event, !buffer.isEmpty { return nil }
            buffer.append(event)
            return nil
        }
        receiver?.finish(.success(event))
    }

    private var isRunning: Bool { condition.withLock { !isStopped } }

    // MARK: The thread

    private func serve() {
        let client = collection.database.client
        var failures = 0
        while isRunning {
            // None where a name cannot be resolved now.
            if let pool = Self.ownPool(client.options) {
                if let connection = mongoc_client_pool_pop(pool) {
                    follow(Connection(client: connection, thread: -1), failures: &failures)
                    mongoc_client_pool_push(pool, connection)
                }
                mongoc_client_pool_destroy(pool)
            } else {
                failures += 1
            }
            guard isRunning else { return }
            Thread.sleep(forTimeInterval: Double.random(in: 0.01...min(5, 0.1 * Double(1 << min(failures, 6)))))
        }
    }

    /// A pool of one: request threads never wait for a change stream, nor it for them.
    private static func ownPool(_ options: MongoOptions) -> OpaquePointer? {
        var options = options
        (options.threads, options.changeStreams) = (1, 0)
        var error = cmongo_error_t()
        return cmongo_pool_new(options.effectiveURI, &error)
    }

    /// Reads until an error that libmongoc's own single resume did not mend.
    private func follow(_ connection: borrowing Connection, failures: inout Int) {
        guard let stream = open(connection) else { return failures += 1 }
        defer { mongoc_change_stream_destroy(stream) }
        // Only now: what is written from here on is told, and who compares finds what was written before.
        if isLost { deliver(.lost) }
        isLost = false
        var emptyAnswers = 0
        while isRunning {
            var view = cmongo_view_t()
            let asked = ContinuousClock.now
            if cmongo_change_stream_next(stream, &view) {
                (failures, emptyAnswers) = (0, 0)
                guard let change = try? view.document(), let token = resumeToken(stream) else { continue }
                position = .after(resumeToken: token)
                deliver(.change(change, resumeToken: token))
                continue
            }
            var reply = cmongo_bytes_t()
            var error = cmongo_error_t()
            if cmongo_change_stream_error(stream, &reply, &error) {
                let failure = MongoError(error, reply: reply.takeDocument())
                if failure.kind == .changeStreamLost || failure.labels.contains("NonResumableChangeStreamError") {
                    position = .now
                    isLost = true
                }
                // It may never have been open: what was written since it was asked for is not told.
                if case .now = position { isLost = true }
                failures += 1
                return
            }
            failures = 0
            if let token = resumeToken(stream) {
                position = .after(resumeToken: token)
                deliver(.idle(resumeToken: token))
            }
            emptyAnswers = ContinuousClock.now - asked < Self.earlyAnswer ? emptyAnswers + 1 : 0
            if emptyAnswers > Self.emptyAnswersAtOnce { Thread.sleep(forTimeInterval: Self.pause) }
        }
    }

    private func open(_ connection: borrowing Connection) -> OpaquePointer? {
        var options: BSONDocument = ["maxAwaitTimeMS": .int64(Int64(maxAwaitTimeMS))]
        if fullDocument { options["fullDocument"] = "updateLookup" }
        switch position {
        case .now: break
        case .after(let token): options["resumeAfter"] = .document(token)
        case .at(let time): options["startAtOperationTime"] = .timestamp(time)
        }
        let stages: BSONDocument = ["pipeline": .array(pipeline.map(BSONValue.document))]
        guard let pipelineBytes = try? stages.wireBytes(), let optionBytes = try? options.wireBytes() else { return nil }
        return connection.withTarget(collection.database.name, collection.name, session: nil) { target in
            withView(pipelineBytes) { pipeline in withView(optionBytes) { cmongo_watch(target, pipeline, $0) } }
        }
    }

    private func resumeToken(_ stream: OpaquePointer) -> BSONDocument? {
        var view = cmongo_view_t()
        guard cmongo_change_stream_token(stream, &view) else { return nil }
        // A token that cannot be read costs a rescan at the next reconnect, never a lost event.
        return try? view.document()
    }
}
