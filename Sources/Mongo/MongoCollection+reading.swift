package import BSON
import CMongo

/// How a find is sorted, cut and shaped.
package struct FindOptions: Sendable {
    package var sort: BSONDocument?
    package var limit: Int?
    package var skip: Int?
    package var projection: BSONDocument?
    package var batchSize: Int?

    package init(
        sort: BSONDocument? = nil, limit: Int? = nil, skip: Int? = nil, projection: BSONDocument? = nil, batchSize: Int? = nil
    ) {
        self.sort = sort
        self.limit = limit
        self.skip = skip
        self.projection = projection
        self.batchSize = batchSize
    }

    var document: BSONDocument {
        var document = BSONDocument()
        document["sort"] = sort.map(BSONValue.document)
        document["limit"] = limit.map { .int64(Int64($0)) }
        document["skip"] = skip.map { .int64(Int64($0)) }
        document["projection"] = projection.map(BSONValue.document)
        document["batchSize"] = batchSize.map { .int64(Int64($0)) }
        return document
    }
}

extension MongoCollection {
    /// Finds documents; the query is sent when the cursor is first read.
    package func find(
        _ filter: BSONDocument = [:], _ options: FindOptions = FindOptions(), session: MongoSession? = nil
    ) async throws -> MongoCursor {
        let (filter, options) = (try filter.wireBytes(), try options.document.wireBytes())
        return try await openCursor(session: session) { target in
            withView(filter) { filter in withView(options) { cmongo_find(target, filter, $0) } }
        }
    }

    package func findOne(
        _ filter: BSONDocument, sort: BSONDocument? = nil, projection: BSONDocument? = nil, session: MongoSession? = nil
    ) async throws -> BSONDocument? {
        let options = FindOptions(sort: sort, limit: 1, projection: projection)
        return try await find(filter, options, session: session).collect(limit: 1).first
    }

    package func aggregate(
        _ pipeline: [BSONDocument], batchSize: Int? = nil, session: MongoSession? = nil
    ) async throws -> MongoCursor {
        let stages: BSONDocument = ["pipeline": .array(pipeline.map(BSONValue.document))]
        var options = BSONDocument()
        options["batchSize"] = batchSize.map { .int64(Int64($0)) }
        let (pipeline, optionBytes) = (try stages.wireBytes(), try options.wireBytes())
        return try await openCursor(session: session) { target in
            withView(pipeline) { pipeline in withView(optionBytes) { cmongo_aggregate(target, pipeline, $0) } }
        }
    }

    private func openCursor(
        session: MongoSession?, _ open: @escaping @Sendable (cmongo_target_t) -> OpaquePointer?
    ) async throws -> MongoCursor {
        let threads = database.client.threads
        return try await run(session: session) { target, thread throws(MongoError) in
            guard let pointer = open(target) else {
                throw MongoError(.refused, detail: "the query could not be prepared")
            }
            return MongoCursor(handle: CursorHandle(pointer: pointer, thread: thread, threads: threads))
        }
    }
}
