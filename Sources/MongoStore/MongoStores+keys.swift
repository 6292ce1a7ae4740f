import BSON
package import Foundation
package import Knowledge
import Mongo

extension MongoStores: KeyStore {
    var keys: MongoCollection { database.collection("keys") }
    var tickets: MongoCollection { database.collection("tickets") }

    private static func date(_ moment: Date) -> BSONValue { .datetime(Int64(moment.timeIntervalSince1970 * 1000)) }

    package func insert(_ key: APIKey) async throws {
        let record = try Record.encode(key, id: key.id)
        try await translating { try await keys.insert(record) }
    }

    package func key(_ id: String) async throws -> APIKey? {
        let found = try await translating { try await keys.findOne(["_id": .string(id)]) }
        return try found.map { try Record.decode(APIKey.self, $0) }
    }

    package func keys(workspace: String?) async throws -> [APIKey] {
        let options = FindOptions(sort: ["createdAt": 1, "_id": 1])
        let found = try await translating {
            try await keys.find(workspace.map { ["workspace": .string($0)] } ?? [:], options).collect(limit: 10_000)
        }
        return try found.map { try Record.decode(APIKey.self, $0) }
    }

    package func revoke(_ id: String, workspace: String, at moment: Date) async throws -> Bool {
        let own: BSONDocument = ["_id": .string(id), "workspace": .string(workspace)]
        return try await translating {
            // The earlier of two revocations stays.
            let update: BSONDocument = ["$min": ["revokedAt": Self.date(moment)]]
            return try await keys.updateOne(own, update).matched == 1
        }
    }

    package func insertTicket(_ hash: String, key id: String, expiresAt: Date) async throws {
        let record: BSONDocument = ["_id": .string(hash), "key": .string(id), "expiresAt": Self.date(expiresAt)]
        try await translating { try await tickets.insert(record) }
    }

    package func takeTicket(_ hash: String, now: Date) async throws -> String? {
        let valid: BSONDocument = ["_id": .string(hash), "expiresAt": ["$gt": Self.date(now)]]
        return try await translating {
            guard let found = try await tickets.findOne(valid) else { return nil }
            // Whoever deletes it has it.
            guard try await tickets.deleteOne(["_id": .string(hash)]) == 1 else { return nil }
            return found["key"]?.stringValue
        }
    }
}
