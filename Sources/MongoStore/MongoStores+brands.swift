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

    package func brands(workspace: String, _ page: PageRequest) async throws -> Page<Brand> {
        try await brands.page(["key.workspace": .string(workspace)], page, idPrefix: workspace + "/", cursor: \.id) {
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

    /// The brand itself goes last, so that a deletion that broke off can be asked for again.
    package func delete(_ key: BrandKey) async throws -> Bool {
        try await translating(patience: StorePatience.work) {
            let owned = Record.filter(key)
            try await chunks.deleteMany(["workspace": .string(key.workspace), "brand": .string(key.brand)])
            try await steps.deleteMany(["operationId": ["$in": .array(try await operationIDs(of: key))]])
            for collection in [documents, posts, plans, operations] { try await collection.deleteMany(owned) }
            try await deleteMedia(of: key)
            return try await brands.deleteOne(["_id": .string(Record.id(key))]) == 1
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
