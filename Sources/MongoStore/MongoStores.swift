import BSON
import Knowledge
package import Mongo

/// All stores of one database.
package struct MongoStores: Sendable {
    let client: MongoClient
    let database: MongoDatabase
    /// What durable work writes, many at once.
    let stepWrites, postWrites, operationWrites: WriteGroup

    package init(client: MongoClient, database name: String) {
        self.client = client
        database = client.database(name)
        stepWrites = WriteGroup(database.collection("steps"))
        postWrites = WriteGroup(database.collection("posts"))
        operationWrites = WriteGroup(database.collection("operations"))
    }

    var brands: MongoCollection { database.collection("brands") }
    var documents: MongoCollection { database.collection("documents") }
    var chunks: MongoCollection { database.collection("chunks") }
    var operations: MongoCollection { database.collection("operations") }
    var plans: MongoCollection { database.collection("plans") }
    var posts: MongoCollection { database.collection("posts") }
    var steps: MongoCollection { database.collection("steps") }
    var idempotency: MongoCollection { database.collection("idempotency") }
    var embeddingCache: MongoCollection { database.collection("embeddingCache") }
    var mediaBucket: GridFSBucket { GridFSBucket(database: database, name: "media") }

    /// Makes collections and indexes; doing it again changes nothing.
    package func prepare() async throws {
        try await translating(patience: StorePatience.work) {
            try await brands.createIndexes([MongoIndex(["key.workspace": 1, "_id": 1])])
            try await documents.createIndexes([
                MongoIndex(["brand.workspace": 1, "brand.brand": 1, "_id": 1]),
                // Checksums come from here, without the documents.
                MongoIndex(["brand.workspace": 1, "brand.brand": 1, "activeVersion": 1, "chunkCount": 1, Self.checksum: 1, "id": 1]),
            ])
            try await chunks.createIndexes([
                MongoIndex(["workspace": 1, "brand": 1, "documentId": 1, "version": 1, "ordinal": 1])
            ])
            try await operations.createIndexes([
                MongoIndex(["state": 1, "leaseUntil": 1]), MongoIndex(["brand.workspace": 1, "_id": -1]), MongoIndex(["leaseToken": 1]),
                MongoIndex(["brand.workspace": 1, "brand.brand": 1, "kind": 1, "_id": -1]),
                MongoIndex([Self.unannounced: 1]),
            ])
            try await plans.createIndexes([MongoIndex(["brand.workspace": 1, "brand.brand": 1])])
            try await posts.createIndexes([
                MongoIndex(["planID": 1, "scheduledAt": 1]), MongoIndex(["brand.workspace": 1, "brand.brand": 1]),
                MongoIndex(["brand.workspace": 1, "brand.brand": 1, "citations.documentID": 1, "_id": -1]),
            ])
            try await steps.createIndexes([MongoIndex(["operationId": 1])])
            try await idempotency.createIndexes([MongoIndex(["expiresAt": 1], expireAfterSeconds: 0)])
            try await embeddingCache.create()
            try await keys.createIndexes([MongoIndex(["workspace": 1, "createdAt": 1])])
            try await tickets.createIndexes([MongoIndex(["expiresAt": 1], expireAfterSeconds: 0)])
            try await webhookRecords.createIndexes([MongoIndex(["workspace": 1, "_id": 1])])
            try await deliveryRecords.createIndexes([
                MongoIndex(["state": 1, "nextAttemptAt": 1]), MongoIndex(["workspace": 1, "webhookID": 1, "_id": -1]),
                // A month is enough to send one again.
                MongoIndex(["createdAt": 1], expireAfterSeconds: 30 * 86_400),
            ])
            try await mediaBucket.createIndexes()
        }
    }
}

extension MongoStores: StoreHealth {
    package func check() async throws { try await translating { try await database.ping() } }

    /// Whether the server is one by itself, which knows neither transactions nor change streams.
    ///
    /// Source: MongoDB manual, "hello".
    ///
    /// - Throws: `StoreError.unavailable` for a member of a replica set that has not been initiated yet.
    package func isStandalone() async throws -> Bool {
        let answer = try await translating { try await database.run(["hello": 1]) }
        guard answer["setName"] == nil, answer["msg"] != "isdbgrid" else { return false }
        if answer["isreplicaset"] == true { throw StoreError.unavailable }
        return true
    }
}
