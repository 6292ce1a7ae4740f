import BSON
package import Knowledge
import Mongo

extension MongoStores: DocumentStore {
    private func recordID(_ id: String, _ brand: BrandKey) -> BSONValue { .string(Record.id(brand, id)) }

    package func accept(
        _ uploads: [(document: Document, operation: Operation)], record: @Sendable ([Document]) -> AcceptedRequest?
    ) async throws -> [Document] {
        let writes = try uploads.map { upload in
            (
                recordID(upload.document.id, upload.document.brand), try acceptance(of: upload.document),
                try OperationRecord.encode(upload.operation)
            )
        }
        return try await translating {
            try await client.withTransaction { session in
                var stored: [Document] = []
                for (id, update, operation) in writes {
                    let found = try await documents.findAndModify(["_id": id], .update(update, upsert: true), session: session)
                    try await operations.insert(operation, session: session)
                    stored.append(try Record.decode(Document.self, found ?? [:]))
                }
                if let record = record(stored) { try await insert(record, session: session) }
                return stored
            }
        }
    }

    /// The update that makes the document the next version of what is stored under its id.
    private func acceptance(of document: Document) throws -> BSONDocument {
        var fields = try BSONEncoder().encode(document)
        var created = BSONDocument()
        for key in ["createdAt", "activeVersion", "chunkCount"] {
            created[key] = fields[key]
            fields[key] = nil
        }
        fields["version"] = nil
        return [
            "$set": .document(fields), "$setOnInsert": .document(created), "$inc": ["version": .int64(1)], "$unset": ["error": ""],
        ]
    }

    package func document(_ id: String, brand: BrandKey) async throws -> Document? {
        let found = try await translating { try await documents.findOne(["_id": recordID(id, brand)]) }
        return try found.map { try Record.decode(Document.self, $0) }
    }

    package func documents(_ ids: [String], brand: BrandKey) async throws -> [Document] {
        let filter: BSONDocument = ["_id": ["$in": .array(ids.map { recordID($0, brand) })]]
        let options = FindOptions(projection: ["content": 0])
        let found = try await translating { try await documents.find(filter, options).collect(limit: ids.count) }
        return try found.map(decodeListed)
    }

    package func documents(brand: BrandKey, _ page: PageRequest) async throws -> Page<Document> {
        try await documents.page(
            Record.filter(brand), page, idPrefix: Record.id(brand, ""), projection: ["content": 0], cursor: \.id, decodeListed)
    }

    /// A listed document comes without its content.
    func decodeListed(_ record: BSONDocument) throws -> Document {
        try Record.decode(Document.self, record.adding("content", ""))
    }

    package func delete(_ id: String, brand: BrandKey) async throws -> Bool {
        try await translating {
            let deleted = try await documents.deleteOne(["_id": recordID(id, brand)]) == 1
            try await chunks.deleteMany(chunkFilter(id, brand))
            return deleted
        }
    }

    package func setState(_ state: Document.State, error: String?, of document: Document) async throws {
        var update: BSONDocument = ["$set": ["state": .string(state.rawValue)]]
        if let error {
            update["$set"] = ["state": .string(state.rawValue), "error": .string(error)]
        } else {
            update["$unset"] = ["error": ""]
        }
        try await translating { try await documents.updateOne(versionFilter(document), update) }
    }

    private func versionFilter(_ document: Document) -> BSONDocument {
        var filter: BSONDocument = ["_id": recordID(document.id, document.brand), "version": .int64(Int64(document.version))]
        if let operation = document.operationID { filter["operationID"] = .string(operation) }
        return filter
    }

    private func chunkFilter(_ id: String, _ brand: BrandKey) -> BSONDocument {
        ["workspace": .string(brand.workspace), "brand": .string(brand.brand), "documentId": .string(id)]
    }

    /// How many chunks one write carries.
    private static let chunkBatch = 64

    package func activate(_ newChunks: [Chunk], of document: Document) async throws -> Bool {
        let records = newChunks.map { ChunkRecord.encode($0, brand: document.brand).adding(Self.writer, writer(of: document)) }
        let active: BSONDocument = [
            "$set": [
                "activeVersion": .int64(Int64(document.version)), "chunkCount": .int64(Int64(newChunks.count)),
                Self.checksum: .int64(ChunkChecksum(newChunks).sum), "state": .string(Document.State.ready.rawValue),
            ],
            "$currentDate": ["updatedAt": true], "$unset": ["error": ""],
        ]
        let version = BSONValue.int64(Int64(document.version))
        let all = chunkFilter(document.id, document.brand)
        return try await translating {
            var isRepeated = records.isEmpty
            for start in stride(from: 0, to: records.count, by: Self.chunkBatch) {
                let batch = records[start..<min(start + Self.chunkBatch, records.count)]
                do {
                    try await chunks.insert(Array(batch), ordered: false)
                } catch let error as MongoError where error.kind == .duplicateKey {
                    // An earlier attempt came so far; or the document was deleted and uploaded again, and these are the new one's.
                    guard try await isPresent(document) else { return try await giveUp(document) }
                    isRepeated = true
                    try await chunks.write(batch.map { .replaceOne(["_id": $0["_id"] ?? .null], $0, upsert: true) }, ordered: false)
                }
            }
            // It may have cut the document into more chunks, with other settings.
            if isRepeated {
                let surplus: BSONValue = ["$gte": .int64(Int64(records.count))]
                try await chunks.deleteMany(all.adding("version", version).adding("ordinal", surplus))
            }
            guard try await documents.updateOne(versionFilter(document), active).matched == 1 else { return try await giveUp(document) }
            if document.version > 1 { try await chunks.deleteMany(all.adding("version", ["$ne": version])) }
            return true
        }
    }

    /// The operation that wrote a chunk.
    private static var writer: String { "writer" }

    private func writer(of document: Document) -> BSONValue { document.operationID.map(BSONValue.string) ?? .null }

    private func isPresent(_ document: Document) async throws -> Bool {
        try await documents.findOne(versionFilter(document), projection: ["_id": 1]) != nil
    }

    /// Takes back what was written of a version that is not wanted any more; a later upload may have the same number.
    private func giveUp(_ document: Document) async throws -> Bool {
        let own = chunkFilter(document.id, document.brand).adding("version", .int64(Int64(document.version)))
        try await chunks.deleteMany(own.adding(Self.writer, writer(of: document)))
        return false
    }

    package func chunks(of document: Document, _ page: PageRequest) async throws -> Page<Chunk> {
        var filter = chunkFilter(document.id, document.brand).adding("version", .int64(Int64(document.activeVersion)))
        if let after = page.after.flatMap({ Int64($0) }) { filter["ordinal"] = ["$gt": .int64(after)] }
        let options = FindOptions(sort: ["ordinal": 1], limit: page.limit + 1)
        let found = try await translating { try await chunks.find(filter, options).collect(limit: page.limit + 1) }
        let items = try found.prefix(page.limit).map { try ChunkRecord.decode($0) }
        return Page(items: items, nextCursor: found.count > page.limit ? items.last.map { String($0.ordinal) } : nil)
    }

    package func chunks(_ ids: [String], brand: BrandKey) async throws -> [Chunk] {
        let keys = ids.map { BSONValue.string(Record.id(brand, $0)) }
        let found = try await translating { try await chunks.find(["_id": ["$in": .array(keys)]]).collect(limit: ids.count) }
        return try found.map { try ChunkRecord.decode($0) }
    }
}
