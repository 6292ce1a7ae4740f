import BSON
import Foundation
import Knowledge
import LocalParts
import Logging
import Mongo
import Testing

@testable import MongoStore

@Suite struct `The database's own search` {
    private let brand = BrandKey(workspace: "w", brand: "acme")

    private func query(_ mode: PassageQuery.Mode) -> PassageQuery {
        PassageQuery(text: "a kettle", vector: [1, 0, 0], mode: mode, limit: 8)
    }

    @Test func `is said to be missing where it is`() async throws {
        let server = try await DatabaseServer()
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let stores = MongoStores(client: try MongoClient(MongoOptions(uri: server.uri), logger: logger), database: "search")
        let reason = await DatabaseSearch(stores: stores).unavailability()
        #expect(reason?.contains("no $vectorSearch") == true)
    }

    // As the manual describes them; there is no server here that would run them.

    @Test func `has indexes with the fields that a search filters by`() throws {
        let vectors = SearchIndex.vectors(dimensions: 384).definition
        #expect(vectors["type"]?.stringValue == "vectorSearch")
        let fields = vectors["definition"]?["fields"]?.arrayValue ?? []
        #expect(fields.first?["path"]?.stringValue == "embedding" && fields.first?["numDimensions"]?.integerValue == 384)
        #expect(fields.first?["similarity"]?.stringValue == "dotProduct")
        #expect(fields.dropFirst().allSatisfy { $0["type"]?.stringValue == "filter" })
        #expect(fields.dropFirst().compactMap { $0["path"]?.stringValue } == ["workspace", "brand", "documentId"])
        let words = SearchIndex.words.definition["definition"]?["mappings"]
        #expect(words?["dynamic"]?.boolValue == false && words?["fields"]?["embedText"]?["type"]?.stringValue == "string")
        for field in ["workspace", "brand", "documentId"] { #expect(words?["fields"]?[field]?["type"]?.stringValue == "token") }
        #expect(SearchIndex.vectors(dimensions: 384).name != SearchIndex.vectors(dimensions: 1536).name)
    }

    @Test func `is asked for one brand's chunks, and for those of the documents that the filter accepts`() throws {
        let all = SearchIndex.vectors(dimensions: 3).pipeline(query(.vector), brand, documents: nil, limit: 200)
        let stage = all.first?["$vectorSearch"]
        #expect(try stage?["queryVector"]?.binaryValue?.float32Vector() == [1, 0, 0])
        #expect(stage?["limit"]?.integerValue == 200 && stage?["numCandidates"]?.integerValue == 4000)
        let open = stage?["filter"]?["$and"]?.arrayValue ?? []
        #expect(open.count == 2 && open[0]["workspace"]?["$eq"]?.stringValue == "w" && open[1]["brand"]?["$eq"]?.stringValue == "acme")
        let some = SearchIndex.vectors(dimensions: 3).pipeline(query(.vector), brand, documents: ["a", "b"], limit: 200)
        let ids = some.first?["$vectorSearch"]?["filter"]?["$and"]?.arrayValue?.last?["documentId"]?["$in"]?.arrayValue
        #expect(ids?.compactMap(\.stringValue) == ["a", "b"])
        let words = SearchIndex.words.pipeline(query(.text), brand, documents: ["a"], limit: 200)
        let compound = words.first?["$search"]?["compound"]
        #expect(compound?["must"]?.arrayValue?.first?["text"]?["query"]?.stringValue == "a kettle")
        let filters = compound?["filter"]?.arrayValue ?? []
        #expect(filters.compactMap { $0["equals"]?["value"]?.stringValue } == ["w", "acme"])
        #expect(filters.last?["in"]?["value"]?.arrayValue?.compactMap(\.stringValue) == ["a"])
        #expect(words.last?["$limit"]?.integerValue == 200)
    }
}
