package import BSON
import CMongo

/// One write of a bulk operation. An update is a document of operators or a pipeline.
package enum MongoWrite: Sendable {
    case insert(BSONDocument)
    case updateOne(BSONDocument, BSONDocument, upsert: Bool = false)
    case updateMany(BSONDocument, BSONDocument)
    case updateWithPipeline(BSONDocument, [BSONDocument], many: Bool = false)
    case replaceOne(BSONDocument, BSONDocument, upsert: Bool = false)
    case deleteOne(BSONDocument)
    case deleteMany(BSONDocument)
}

/// What the server did, counted.
package struct MongoWriteResult: Sendable, Hashable {
    package var inserted = 0
    package var matched = 0
    package var modified = 0
    package var deleted = 0
    package var upserted = 0
}

extension MongoCollection {
    /// Performs the writes, journaled on a majority before they are acknowledged.
    ///
    /// Ordered writes stop at the first failure; unordered ones are all tried. What was written before a
    /// failure stays, unless a session's transaction takes it back.
    @discardableResult
    package func write(
        _ writes: [MongoWrite], ordered: Bool = true, session: MongoSession? = nil
    ) async throws -> MongoWriteResult {
        guard !writes.isEmpty else { return MongoWriteResult() }
        var prepared: [PreparedWrite] = []
        prepared.reserveCapacity(writes.count)
        for write in writes { prepared.append(try PreparedWrite(write)) }
        return try await run(session: session) { [prepared] target, _ throws(MongoError) in
            guard let bulk = cmongo_bulk_new(target, ordered) else {
                throw MongoError(.refused, detail: "the bulk operation could not be prepared")
            }
            defer { mongoc_bulk_operation_destroy(bulk) }
            var error = cmongo_error_t()
            for write in prepared {
                guard write.add(to: bulk, &error) else { throw MongoError(.refused, detail: MongoError(error).detail) }
            }
            var reply = cmongo_bytes_t()
            let succeeded = cmongo_bulk_execute(bulk, &reply, &error)
            let document = reply.takeDocument()
            guard succeeded else { throw MongoError(error, reply: document) }
            return MongoWriteResult(reply: document ?? [:])
        }
    }

    package func insert(_ document: BSONDocument, session: MongoSession? = nil) async throws {
        try await write([.insert(document)], session: session)
    }

    package func insert(_ documents: [BSONDocument], ordered: Bool = true, session: MongoSession? = nil) async throws {
        try await write(documents.map(MongoWrite.insert), ordered: ordered, session: session)
    }

    @discardableResult
    package func updateOne(
        _ filter: BSONDocument, _ update: BSONDocument, upsert: Bool = false, session: MongoSession? = nil
    ) async throws -> MongoWriteResult {
        try await write([.updateOne(filter, update, upsert: upsert)], session: session)
    }

    @discardableResult
    package func updateMany(
        _ filter: BSONDocument, _ update: BSONDocument, session: MongoSession? = nil
    ) async throws -> MongoWriteResult {
        try await write([.updateMany(filter, update)], session: session)
    }

    @discardableResult
    package func replaceOne(
        _ filter: BSONDocument, _ document: BSONDocument, upsert: Bool = false, session: MongoSession? = nil
    ) async throws -> MongoWriteResult {
        try await write([.replaceOne(filter, document, upsert: upsert)], session: session)
    }

    @discardableResult
    package func deleteOne(_ filter: BSONDocument, session: MongoSession? = nil) async throws -> Int {
        try await write([.deleteOne(filter)], session: session).deleted
    }

    @discardableResult
    package func deleteMany(_ filter: BSONDocument, session: MongoSession? = nil) async throws -> Int {
        try await write([.deleteMany(filter)], session: session).deleted
    }
}

/// What `findAndModify` does to the document that it finds.
package enum MongoModification: Sendable {
    case update(BSONDocument, upsert: Bool = false)
    case remove
}

extension MongoCollection {
    /// Changes one document and returns it, as it is afterwards unless `returnsOld`; nil when none matched.
    package func findAndModify(
        _ filter: BSONDocument, _ modification: MongoModification, sort: BSONDocument = [:], fields: BSONDocument = [:],
        returnsOld: Bool = false, session: MongoSession? = nil
    ) async throws -> BSONDocument? {
        var update = BSONDocument()
        var (removes, upserts) = (false, false)
        switch modification {
        case .update(let document, let upsert): (update, upserts) = (document, upsert)
        case .remove: removes = true
        }
        let (filterBytes, updateBytes) = (try filter.wireBytes(), try update.wireBytes())
        let (sortBytes, fieldBytes) = (try sort.wireBytes(), try fields.wireBytes())
        let reply = try await run(session: session) { [removes, upserts] target, _ throws(MongoError) in
            var reply = cmongo_bytes_t()
            var error = cmongo_error_t()
            let succeeded = withView(filterBytes) { filter in
                withView(updateBytes) { update in
                    withView(sortBytes) { sort in
                        withView(fieldBytes) { fields in
                            let request = cmongo_find_and_modify_t(
                                filter: filter, update: update, sort: sort, fields: fields, removes: removes,
                                upserts: upserts, returns_new: !returnsOld && !removes)
                            return cmongo_find_and_modify(target, request, &reply, &error)
                        }
                    }
                }
            }
            let document = reply.takeDocument()
            guard succeeded else { throw MongoError(error, reply: document) }
            return document ?? [:]
        }
        return reply["value"]?.documentValue
    }
}

/// A write in wire form.
private struct PreparedWrite: Sendable {
    var kind: cmongo_write_kind_t
    var filter: [UInt8] = []
    var change: [UInt8] = []
    var options: [UInt8] = []

    init(_ write: MongoWrite) throws(MongoError) {
        switch write {
        case .insert(let document):
            kind = CMONGO_INSERT
            change = try document.wireBytes(limits: .storedDocument)
        case .updateOne(let filter, let update, let upsert):
            kind = CMONGO_UPDATE_ONE
            try set(filter, update, upsert: upsert)
        case .updateMany(let filter, let update):
            kind = CMONGO_UPDATE_MANY
            try set(filter, update, upsert: false)
        case .updateWithPipeline(let filter, let pipeline, let many):
            kind = many ? CMONGO_UPDATE_MANY : CMONGO_UPDATE_ONE
            // libmongoc takes a pipeline as a document with the keys of an array.
            let stages = BSONDocument(pipeline.enumerated().map { (String($0.offset), .document($0.element)) })
            try set(filter, stages, upsert: false)
        case .replaceOne(let filter, let document, let upsert):
            kind = CMONGO_REPLACE_ONE
            try set(filter, document, upsert: upsert)
        case .deleteOne(let filter):
            kind = CMONGO_DELETE_ONE
            self.filter = try filter.wireBytes()
        case .deleteMany(let filter):
            kind = CMONGO_DELETE_MANY
            self.filter = try filter.wireBytes()
        }
    }

    private mutating func set(_ filter: BSONDocument, _ change: BSONDocument, upsert: Bool) throws(MongoError) {
        self.filter = try filter.wireBytes()
        self.change = try change.wireBytes(limits: .storedDocument)
        // libmongoc would refuse empty keys and, in replacements, dots and dollars; the server takes them inside of values.
        var given: BSONDocument = ["validate": false]
        if upsert { given["upsert"] = true }
        options = try given.wireBytes()
    }

    func add(to bulk: OpaquePointer, _ error: inout cmongo_error_t) -> Bool {
        withView(filter) { filter in
            withView(change) { change in
                withView(options) { options in cmongo_bulk_add(bulk, kind, filter, change, options, &error) }
            }
        }
    }
}

extension MongoWriteResult {
    fileprivate init(reply: BSONDocument) {
        func count(_ key: String) -> Int { Int(reply[key]?.integerValue ?? 0) }
        inserted = count("nInserted")
        matched = count("nMatched")
        modified = count("nModified")
        deleted = count("nRemoved")
        upserted = count("nUpserted")
    }
}
