package import BSON
import CMongo

/// Documents from the server, read in batches on the cursor's own thread.
///
/// One consumer at a time. Leaving the loop early, or dropping the cursor, closes it on the server.
package struct MongoCursor: AsyncSequence, Sendable {
    let handle: CursorHandle

    /// How many documents one visit to the thread fetches at most.
    static let batchLimit = 256

    package struct AsyncIterator: AsyncIteratorProtocol {
        let handle: CursorHandle
        var batch: [BSONDocument] = []
        var position = 0
        var isAtEnd = false

        /// - Throws: `MongoError`, or `CancellationError` at once when the task is cancelled.
        package mutating func next() async throws -> BSONDocument? {
            while position == batch.count {
                if isAtEnd { return nil }
                (batch, isAtEnd) = try await handle.nextBatch(limit: MongoCursor.batchLimit)
                position = 0
            }
            defer { position += 1 }
            return batch[position]
        }
    }

    package func makeAsyncIterator() -> AsyncIterator { AsyncIterator(handle: handle) }

    /// All documents; more than `limit` are cut.
    package func collect(limit: Int) async throws -> [BSONDocument] {
        var documents: [BSONDocument] = []
        for try await document in self {
            documents.append(document)
            if documents.count == limit { break }
        }
        return documents
    }
}

/// The owner of a `mongoc_cursor_t`.
///
/// `@unchecked Sendable`: the pointer is used only in jobs of `thread`, one after the other; it is destroyed
/// there, once, after the last reference went.
final class CursorHandle: @unchecked Sendable {
    private let pointer: OpaquePointer
    private let thread: Int
    private let threads: ConnectionThreads

    init(pointer: OpaquePointer, thread: Int, threads: ConnectionThreads) {
        self.pointer = pointer
        self.thread = thread
        self.threads = threads
    }

    deinit {
        let pointer = SendablePointer(pointer)
        threads.post(on: thread) { _ in mongoc_cursor_destroy(pointer.value) }
    }

    func nextBatch(limit: Int) async throws -> ([BSONDocument], isAtEnd: Bool) {
        try await threads.run(on: thread) { [self] _ in
            var documents: [BSONDocument] = []
            var view = cmongo_view_t()
            while documents.count < limit {
                guard cmongo_cursor_next(pointer, &view) else {
                    var reply = cmongo_bytes_t()
                    var error = cmongo_error_t()
                    if cmongo_cursor_error(pointer, &reply, &error) {
                        throw MongoError(error, reply: reply.takeDocument())
                    }
                    return (documents, true)
                }
                documents.append(try view.document())
            }
            return (documents, false)
        }
    }
}

/// A pointer on its way to the thread that owns it.
///
/// `@unchecked Sendable`: only the job that receives it uses it, and that job is the last user.
struct SendablePointer: @unchecked Sendable {
    let value: OpaquePointer

    init(_ value: OpaquePointer) { self.value = value }
}
