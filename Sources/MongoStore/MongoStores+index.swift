import BSON
package import Knowledge
import Mongo

// What an index of the chunks is loaded from and compared with.

extension MongoStores: ChunkSource {
    package func language(of key: BrandKey) async throws -> String? { try await brand(key)?.identity.languages.first }

    package func loadChunks(brand: BrandKey, _ receive: (Document, Chunk) -> Void) async throws {
        let ready = Record.filter(brand).adding("activeVersion", ["$gt": 0])
        let listed = try await patiently {
            try await documents.find(ready, FindOptions(projection: ["content": 0])).collect(limit: .max)
        }
        let active = Dictionary(try listed.map { ($0["id"]?.stringValue ?? "", try decodeListed($0)) }) { first, _ in first }
        for ids in Self.groups(of: active.values) {
            let group: BSONDocument = [
                "workspace": .string(brand.workspace), "brand": .string(brand.brand),
                "documentId": ["$in": .array(ids.map(BSONValue.string))],
            ]
            for record in try await patiently({ try await chunks.find(group).collect(limit: .max) }) {
                let chunk = try ChunkRecord.decode(record)
                if let document = active[chunk.documentID], document.activeVersion == chunk.version { receive(document, chunk) }
            }
        }
    }

    /// A load serves all who ask from then on, also when the first of them has given up: a part of it that a busy database does
    /// not answer in time is asked for again.
    private func patiently<Answer>(_ read: () async throws -> Answer) async throws -> Answer {
        for _ in 1..<Self.loadAttempts {
            do { return try await translating(patience: StorePatience.work, read) } catch StoreError.unavailable {
                try await Task.sleep(for: .milliseconds(200))
            }
        }
        return try await translating(patience: StorePatience.work, read)
    }

    private static var loadAttempts: Int { 4 }

    /// The documents' ids, as many at once as have about a thousand chunks: each answer comes in its time, however large the brand.
    private static func groups(of documents: some Collection<Document>) -> [[String]] {
        let limit = 1_000
        var groups: [[String]] = []
        var room = 0
        for document in documents {
            if room <= 0 {
                groups.append([])
                room = limit
            }
            groups[groups.count - 1].append(document.id)
            room -= document.chunkCount
        }
        return groups
    }
}

extension MongoStores: ChunkLedger {
    /// The field of a document with the sum of its `ChunkChecksum`.
    static var checksum: String { "chunkChecksum" }

    /// Sums are made in the database, from the index that `prepare` makes for them alone.
    package func checksums(of brands: [BrandKey]) async throws -> [BrandKey: ChunkChecksum] {
        var checksums: [BrandKey: ChunkChecksum] = [:]
        for (workspace, keys) in Dictionary(grouping: brands, by: \.workspace) {
            let pipeline: [BSONDocument] = [
                [
                    "$match": [
                        "brand.workspace": .string(workspace), "brand.brand": ["$in": .array(keys.map { .string($0.brand) })],
                        "activeVersion": ["$gt": 0],
                    ]
                ],
                ["$group": ["_id": "$brand.brand", "sum": ["$sum": .string("$" + Self.checksum)], "count": ["$sum": "$chunkCount"]]],
            ]
            let sums = try await translating(patience: StorePatience.comparison) {
                try await documents.aggregate(pipeline).collect(limit: keys.count)
            }
            for sum in sums {
                guard let brand = sum["_id"]?.stringValue else { continue }
                checksums[BrandKey(workspace: workspace, brand: brand)] = ChunkChecksum(
                    sum: sum["sum"]?.integerValue ?? 0, count: Int(sum["count"]?.integerValue ?? 0))
            }
        }
        return checksums.filter { $0.value.count > 0 }
    }

    package func activeChunks(brand: BrandKey) async throws -> [String: ActiveChunks] {
        var active: [String: ActiveChunks] = [:]
        let ready = Record.filter(brand).adding("activeVersion", ["$gt": 0])
        // Without `_id` the index answers alone: the documents have their contents.
        let fields: BSONDocument = ["_id": 0, "id": 1, "activeVersion": 1, "chunkCount": 1, Self.checksum: 1]
        try await translating(patience: StorePatience.comparison) {
            for try await record in try await documents.find(ready, FindOptions(projection: fields)) {
                guard let id = record["id"]?.stringValue, let version = record["activeVersion"]?.integerValue,
                    let count = record["chunkCount"]?.integerValue, count > 0
                else { continue }
                let sum = record[Self.checksum]?.integerValue
                active[id] = ActiveChunks(version: Int(version), checksum: sum.map { ChunkChecksum(sum: $0, count: Int(count)) })
            }
        }
        return active
    }

    package func activeChunks(of id: String, brand: BrandKey) async throws -> (document: Document, chunks: [Chunk])? {
        guard let document = try await document(id, brand: brand), document.activeVersion > 0 else { return nil }
        let chunks = try await allChunks(of: document)
        return chunks.isEmpty ? nil : (document, chunks)
    }
}
