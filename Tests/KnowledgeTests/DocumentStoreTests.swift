import BSON
import Foundation
import JSON
import Knowledge
import LocalParts
import Logging
import Mongo
import MongoStore
import Testing

// Foundation has one too.
private typealias Operation = Knowledge.Operation

@Suite struct `A store of documents` {
    private let brand = BrandKey(workspace: "w", brand: "b")

    private func chunks(_ count: Int, of document: Document, _ text: String) -> [Chunk] {
        (0..<count).map { ordinal in
            Chunk(
                documentID: document.id, version: document.version, ordinal: ordinal, headingPath: [],
                span: TextSpan(start: ordinal, end: ordinal + 1), text: "\(text) \(ordinal)", embedText: text, searchText: text,
                embedding: [1, 0], embeddingModel: "m", chunker: text)
        }
    }

    @Test func `holds what the last attempt has cut, and nothing of those before`() async throws {
        let server = try await DatabaseServer()
        let client = try MongoClient(MongoOptions(uri: server.uri), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let stores = MongoStores(client: client, database: "documents")
        try await stores.prepare()
        let upload = Document(
            id: "d", brand: brand, title: "D", kind: .other, format: .text, source: "", content: "text", contentHash: "",
            metadata: .object([:]), createdAt: .now)
        func accepted() async throws -> Document {
            let operation = Operation(
                id: SystemClock().makeID(), brand: brand, kind: .ingestDocument, result: .init(type: .document, id: "d"), createdAt: .now)
            var document = upload
            document.operationID = operation.id
            return try await stores.accept([(document, operation)]) { _ in nil }[0]
        }
        func held() async throws -> [String] {
            guard let document = try await stores.document("d", brand: brand) else { return [] }
            return try await stores.allChunks(of: document).map(\.text)
        }
        let first = try await accepted()
        // A crash after the first attempt's chunks; the next one cuts with other settings.
        #expect(try await stores.activate(chunks(70, of: first, "small"), of: first))
        #expect(try await stores.activate(chunks(2, of: first, "large"), of: first))
        #expect(try await held() == ["large 0", "large 1"])
        #expect(try await stores.activate([], of: first))
        #expect(try await held().isEmpty)
        let second = try await accepted()
        #expect(try await stores.activate(chunks(1, of: second, "new"), of: second))
        #expect(try await held() == ["new 0"])
        // Nor does an attempt that comes late change anything.
        #expect(try await !stores.activate(chunks(3, of: first, "late"), of: first))
        #expect(try await held() == ["new 0"])
    }

    @Test func `keeps a document that was deleted and uploaded again from its former operation`() async throws {
        let server = try await DatabaseServer()
        let client = try MongoClient(MongoOptions(uri: server.uri), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let stores = MongoStores(client: client, database: "documents")
        try await stores.prepare()
        let names = try await client.database("documents").run(["listCollections": 1, "nameOnly": true])
        #expect("\(names)".contains("embeddingCache"))
        func accepted() async throws -> Document {
            let operation = Operation(
                id: SystemClock().makeID(), brand: brand, kind: .ingestDocument, result: .init(type: .document, id: "d"), createdAt: .now)
            var document = Document(
                id: "d", brand: brand, title: "D", kind: .other, format: .text, source: "", content: "text", contentHash: "",
                metadata: .object([:]), createdAt: .now)
            document.operationID = operation.id
            return try await stores.accept([(document, operation)]) { _ in nil }[0]
        }
        let first = try await accepted()
        #expect(try await stores.delete("d", brand: brand))
        let second = try await accepted()
        #expect(first.version == second.version)
        #expect(try await stores.activate(chunks(70, of: second, "second"), of: second))
        // The former operation comes late, with more chunks and with fewer.
        for count in [2, 100] { #expect(try await !stores.activate(chunks(count, of: first, "first"), of: first)) }
        let document = try #require(try await stores.document("d", brand: brand))
        #expect(try await stores.allChunks(of: document).map(\.text) == (0..<70).map { "second \($0)" })
    }

    @Test func `forgets all of a brand, what its waiting work has made with it`() async throws {
        let server = try await DatabaseServer()
        let client = try MongoClient(MongoOptions(uri: server.uri), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let stores = MongoStores(client: client, database: "documents")
        try await stores.prepare()
        _ = try await stores.put(
            Brand(key: brand, name: "B", identity: .init(), goals: [], metadata: [:], createdAt: .now, updatedAt: .now))
        let operation = Operation(
            id: "o", brand: brand, kind: .generatePlan, result: .init(type: .plan, id: "p"), createdAt: .now)
        try await stores.insert(operation, record: nil)
        let claim = try #require(
            try await stores.claim(limit: 1, lease: Lease(token: "t", duration: .seconds(30)), quota: ClaimQuota()).first)
        #expect(try await stores.begin(Step(operationID: "o", name: "pillars", inputHash: "h"), claim.fence))
        // It waits to be tried again.
        try await stores.postpone(claim, for: .seconds(30))
        let start = ContinuousClock.now
        #expect(try await stores.delete(brand))
        #expect(ContinuousClock.now - start < .seconds(2), "nothing runs that it could wait for")
        #expect(try await stores.steps(of: "o").isEmpty)
        #expect(try await stores.operation("o", workspace: "w") == nil)
        #expect(try await !stores.delete(brand))
    }
}
