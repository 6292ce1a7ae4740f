import BSON
import Crypto
package import Knowledge
import Mongo

extension MongoStores: PlanStore {
    package func accept(_ plan: Plan, _ operation: Operation, record: AcceptedRequest?, within limit: BudgetGuard?) async throws {
        let (planRecord, operationRecord) = (try Record.encode(plan, id: plan.id), try OperationRecord.encode(operation))
        try await translating {
            try await client.withTransaction { session in
                if let limit { try await reserve(operation, within: limit, session: session) }
                try await plans.insert(planRecord, session: session)
                try await operations.insert(operationRecord, session: session)
                if let record { try await insert(record, session: session) }
            }
        }
    }

    package func plan(_ id: String, workspace: String) async throws -> Plan? {
        let filter: BSONDocument = ["_id": .string(id), "brand.workspace": .string(workspace)]
        let found = try await translating { try await plans.findOne(filter) }
        return try found.map { try Record.decode(Plan.self, $0) }
    }

    package func plans(_ ids: [String], workspace: String) async throws -> [Plan] {
        let filter: BSONDocument = ["_id": ["$in": .array(ids.map(BSONValue.string))], "brand.workspace": .string(workspace)]
        let found = try await translating { try await plans.find(filter).collect(limit: ids.count) }
        return try found.map { try Record.decode(Plan.self, $0) }
    }

    package func save(_ plan: Plan, _ fence: Fence) async throws -> Bool {
        let record = try Record.encode(plan, id: plan.id).adding(Self.epoch, .int64(Int64(fence.epoch)))
        let filter: BSONDocument = ["_id": .string(plan.id), Self.epoch: ["$not": ["$gt": .int64(Int64(fence.epoch))]]]
        return try await translating { try await plans.replaceOne(filter, record).matched == 1 }
    }

    /// The epoch of the claim that wrote a plan or a post last.
    fileprivate static var epoch: String { "writerEpoch" }
    /// The operation that wrote a post last.
    fileprivate static var writer: String { "writer" }
}

extension MongoStores: PostStore {
    package func save(_ post: Post, _ fence: Fence) async throws -> Bool {
        let record = try Record.encode(post, id: post.id).adding(Self.writer, .string(fence.operationID))
            .adding(Self.epoch, .int64(Int64(fence.epoch)))
        let revision = BSONValue.int64(Int64(post.revision))
        let own: BSONDocument = [
            "revision": revision, Self.writer: .string(fence.operationID), Self.epoch: ["$lte": .int64(Int64(fence.epoch))],
        ]
        let filter: BSONDocument = ["_id": .string(post.id), "$or": [["revision": ["$lt": revision]], .document(own)]]
        do {
            // Where a newer post is, the filter matches nothing and the insertion meets its id.
            if Durability.isDurable {
                // Most are new; only where there is one already does it matter who wrote it.
                do { return try await postWrites.write(.insert(record)) } catch StoreError.conflict {
                    return try await postWrites.write(.replaceOne(filter, record, upsert: true))
                }
            }
            try await translating { try await posts.replaceOne(filter, record, upsert: true) }
            return true
        } catch StoreError.conflict {
            return false
        }
    }

    package func post(_ id: String, workspace: String) async throws -> Post? {
        let filter: BSONDocument = ["_id": .string(id), "brand.workspace": .string(workspace)]
        let found = try await translating { try await posts.findOne(filter) }
        return try found.map { try Record.decode(Post.self, $0) }
    }

    package func posts(_ ids: [String], workspace: String) async throws -> [Post] {
        let filter: BSONDocument = ["_id": ["$in": .array(ids.map(BSONValue.string))], "brand.workspace": .string(workspace)]
        let found = try await translating { try await posts.find(filter).collect(limit: ids.count) }
        return try found.map { try Record.decode(Post.self, $0) }
    }

    package func posts(plan id: String, workspace: String) async throws -> [Post] {
        let filter: BSONDocument = ["planID": .string(id), "brand.workspace": .string(workspace)]
        let options = FindOptions(sort: ["scheduledAt": 1, "_id": 1])
        let found = try await translating { try await posts.find(filter, options).collect(limit: 10_000) }
        return try found.map { try Record.decode(Post.self, $0) }
    }

    package func posts(citing documentID: String, brand: BrandKey, _ page: PageRequest) async throws -> Page<Post> {
        let filter = Record.filter(brand).adding("citations.documentID", .string(documentID))
        return try await posts.page(filter, page, newestFirst: true, cursor: \.id) { try Record.decode(Post.self, $0) }
    }
}

extension MongoStores: EmbeddingCache {
    private static func key(_ text: String, _ model: String) -> String {
        SHA256.hash(data: Array("\(model)\n\(text)".utf8)).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// How many keys one query or write carries.
    private static let cacheBatch = 256

    package func vectors(for texts: [String], model: String) async throws -> [String: [Float]] {
        let textByKey = Dictionary(texts.map { (Self.key($0, model), $0) }) { first, _ in first }
        let keys = Array(textByKey.keys)
        var vectors: [String: [Float]] = [:]
        for start in stride(from: 0, to: keys.count, by: Self.cacheBatch) {
            let batch = keys[start..<min(start + Self.cacheBatch, keys.count)].map(BSONValue.string)
            let found = try await translating {
                try await embeddingCache.find(["_id": ["$in": .array(batch)]]).collect(limit: batch.count)
            }
            for record in found {
                guard let key = record["_id"]?.stringValue, let text = textByKey[key] else { continue }
                // A vector that cannot be read is embedded again.
                vectors[text] = try? record["vector"]?.binaryValue?.float32Vector()
            }
        }
        return vectors
    }

    package func store(_ vectors: [String: [Float]], model: String) async throws {
        let records = vectors.map { text, vector -> BSONDocument in
            ["_id": .string(Self.key(text, model)), "model": .string(model), "vector": .binary(BSONBinary(vector: vector))]
        }
        for start in stride(from: 0, to: records.count, by: Self.cacheBatch) {
            let batch = Array(records[start..<min(start + Self.cacheBatch, records.count)])
            do {
                try await translating { try await embeddingCache.insert(batch, ordered: false) }
            } catch StoreError.conflict {
                // Somebody else embedded the same text: the vector is the same.
            }
        }
    }
}

extension MongoStores: MediaStore {
    package func save(_ media: Media, bytes: [UInt8]) async throws {
        let metadata: BSONDocument = [
            "workspace": .string(media.brand.workspace), "brand": .string(media.brand.brand), "mediaType": .string(media.mediaType),
        ]
        try await translating { try await mediaBucket.upload(bytes, id: media.id, filename: media.id, metadata: metadata) }
    }

    package func description(_ id: String, workspace: String) async throws -> Media? {
        try await translating { try await mediaBucket.file(id) }.flatMap { Self.described($0, id, workspace: workspace) }
    }

    package func media(_ id: String, workspace: String) async throws -> (media: Media, bytes: [UInt8])? {
        try await translating {
            guard let file = try await mediaBucket.file(id), let media = Self.described(file, id, workspace: workspace) else { return nil }
            return (media, try await mediaBucket.read(file))
        }
    }

    package func piece(_ number: Int, of media: Media) async throws -> [UInt8]? {
        try await translating { try await mediaBucket.chunk(number, of: media.id) }
    }

    private static func described(_ file: GridFSBucket.File, _ id: String, workspace: String) -> Media? {
        guard file.metadata["workspace"]?.stringValue == workspace else { return nil }
        let brand = BrandKey(workspace: workspace, brand: file.metadata["brand"]?.stringValue ?? "")
        return Media(
            id: id, brand: brand, mediaType: file.metadata["mediaType"]?.stringValue ?? "application/octet-stream", byteCount: file.length)
    }

    func deleteMedia(of brand: BrandKey) async throws {
        let filter: BSONDocument = [
            "metadata.workspace": .string(brand.workspace), "metadata.brand": .string(brand.brand),
        ]
        let files = try await database.collection("media.files").find(filter, FindOptions(projection: ["_id": 1]))
        for try await file in files {
            if let id = file["_id"]?.stringValue { try await mediaBucket.delete(id) }
        }
    }
}
