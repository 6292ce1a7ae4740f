import BSON
package import Knowledge
import Mongo

extension MongoStores: BrandStore {
    package func put(_ brand: Brand) async throws -> Bool {
        var fields = try BSONEncoder().encode(brand)
        let createdAt = fields["createdAt"] ?? .null
        fields["createdAt"] = nil
        let update: BSONDocument = ["$set": .document(fields), "$setOnInsert": ["createdAt": createdAt]]
        let id = Record.id(brand.key)
        return try await translating { try await brands.updateOne(["_id": .string(id)], update, upsert: true).upserted == 1 }
    }

    package func brand(_ key: BrandKey) async throws -> Brand? {
        let found = try await translating { try await brands.findOne(["_id": .string(Record.id(key))]) }
        return try found.map { try Record.decode(Brand.self, $0) }
    }

    package func brands(workspace: String, among slugs: Set<String>?, _ page: PageRequest) async throws -> Page<Brand> {
        var wanted: BSONDocument = ["key.workspace": .string(workspace)]
        if let slugs { wanted["key.brand"] = Record.anyOf(slugs) }
        return try await brands.page(wanted, page, idPrefix: workspace + "/", cursor: \.id) {
            try Record.decode(Brand.self, $0)
        }
    }

    package func brands(_ keys: [BrandKey]) async throws -> [Brand] {
        let ids = keys.map { BSONValue.string(Record.id($0)) }
        let found = try await translating { try await brands.find(["_id": ["$in": .array(ids)]]).collect(limit: ids.count) }
        return try found.map { try Record.decode(Brand.self, $0) }
    }

    /// The brands of every workspace.
    package func allBrands() async throws -> [BrandKey] {
        try await translating(patience: StorePatience.work) {
            var keys: [BrandKey] = []
            for try await record in try await brands.find([:], FindOptions(sort: ["_id": 1], projection: ["key": 1])) {
                guard let workspace = record["key"]?["workspace"]?.stringValue, let brand = record["key"]?["brand"]?.stringValue
                else { continue }
                keys.append(BrandKey(workspace: workspace, brand: brand))
            }
            return keys
        }
    }

    /// How long a deletion waits for the brand's work to stop: processes look for cancellations twice a second.
    private static let stopPatience = Duration.seconds(3)

    /// The brand's work is stopped first, and what it has made goes then. The brand itself goes last, so that a deletion that
    /// broke off can be asked for again.
    package func delete(_ key: BrandKey) async throws -> Bool {
        // With the patience of a request: a database that is away is told of soon.
        _ = try await brand(key)
        return try await translating(patience: StorePatience.work) {
            let owned = Record.filter(key)
            try await stopWork(owned)
            try await steps.deleteMany(["operationId": ["$in": .array(try await operationIDs(of: key))]])
            try await chunks.deleteMany(["workspace": .string(key.workspace), "brand": .string(key.brand)])
            // The operations last: they name the steps.
            for collection in [documents, posts, plans, operations] { try await collection.deleteMany(owned) }
            try await deleteMedia(of: key)
            return try await brands.deleteOne(["_id": .string(Record.id(key))]) == 1
        }
    }

    /// Cancels what runs, and waits for its end a moment: what a worker writes later would stay behind.
    private func stopWork(_ owned: BSONDocument) async throws {
        func having(_ state: Operation.State) -> BSONDocument { owned.adding("state", .string(state.rawValue)) }
        // A version more, so that its watchers are told.
        let cancelled: BSONDocument = [
            "$set": ["state": .string(Operation.State.cancelled.rawValue), "version": ["$add": ["$version", 1]]]
        ]
        try await operations.write([.updateWithPipeline(having(.queued), [cancelled], many: true)])
        let running = having(.running)
        try await operations.write([.updateWithPipeline(running, [["$set": ["cancelRequested": true]]], many: true)])
        let deadline = ContinuousClock.now + Self.stopPatience
        while ContinuousClock.now < deadline, try await operations.findOne(running, projection: ["_id": 1]) != nil {
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    private func operationIDs(of key: BrandKey) async throws -> [BSONValue] {
        var ids: [BSONValue] = []
        for try await record in try await operations.find(Record.filter(key), FindOptions(projection: ["_id": 1])) {
            if let id = record["_id"] { ids.append(id) }
        }
        return ids
    }
}
