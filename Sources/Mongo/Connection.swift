import BSON
import CMongo

/// A libmongoc client, lent to a closure on the thread that owns it; it must not leave that closure.
struct Connection: ~Copyable {
    let client: OpaquePointer
    /// Which thread this is; cursors and sessions go back to it.
    let thread: Int

    /// Calls `body` with a target for one collection, or for the database when `collection` is nil.
    borrowing func withTarget<Result, Failure: Error>(
        _ database: String, _ collection: String?, session: OpaquePointer?,
        _ body: (cmongo_target_t) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try withCString(database) { database throws(Failure) in
            try withCString(collection ?? "") { collection throws(Failure) in
                try body(cmongo_target_t(client: client, session: session, database: database, collection: collection))
            }
        }
    }
}

/// `String.withCString` with a typed error.
private func withCString<Result, Failure: Error>(
    _ text: String, _ body: (UnsafePointer<CChar>) throws(Failure) -> Result
) throws(Failure) -> Result {
    let bytes = text.utf8CString
    let outcome: Swift.Result<Result, Failure> = bytes.withUnsafeBufferPointer { buffer in
        Swift.Result { () throws(Failure) in try body(buffer.baseAddress!) }
    }
    return try outcome.get()
}

/// Lends BSON bytes as a C view.
func withView<Result>(_ bytes: [UInt8], _ body: (cmongo_view_t) -> Result) -> Result {
    bytes.withUnsafeBufferPointer { body(cmongo_view_t(data: $0.baseAddress, length: $0.count)) }
}

extension cmongo_view_t {
    /// Reads the viewed document before the next call invalidates it.
    func document() throws(MongoError) -> BSONDocument {
        do {
            return try BSONDocument(bytes: Array(UnsafeBufferPointer(start: data, count: length)))
        } catch {
            throw MongoError(error)
        }
    }
}

extension cmongo_bytes_t {
    /// Takes the reply's document and frees its bytes; nil when there is none or it cannot be read.
    mutating func takeDocument() -> BSONDocument? {
        guard let data else { return nil }
        defer { cmongo_bytes_free(&self) }
        // A reply that cannot be read only costs its labels: the error itself is reported apart.
        return try? BSONDocument(bytes: Array(UnsafeBufferPointer(start: data, count: Int(length))))
    }
}

extension BSONDocument {
    /// The bytes for the wire, within the envelope's limits.
    func wireBytes(limits: BSONLimits = BSONLimits()) throws(MongoError) -> [UInt8] {
        do { return try bytes(limits: limits) } catch { throw MongoError(error) }
    }
}
