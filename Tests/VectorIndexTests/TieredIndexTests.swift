import Foundation
import Knowledge
import Synchronization
import Testing

@testable import VectorIndex

/// A database that finds every chunk of a list as a candidate.
private final class ListedCandidates: CandidateSource {
    let chunks: [(Document, Chunk)]
    let reason = Mutex<String?>(nil)
    let isBuilding = Mutex(false)
    let calls = Mutex(0)

    init(_ chunks: [(Document, Chunk)]) { self.chunks = chunks }

    func unavailability() async -> String? { reason.withLock { $0 } }
    func isMissing() async -> Bool { reason.withLock { $0 == "none" } }

    func candidates(for query: PassageQuery, brand: BrandKey) async throws -> [(document: Document, chunk: Chunk)]? {
        calls.withLock { $0 += 1 }
        return isBuilding.withLock { $0 } ? nil : chunks.map { ($0, $1) }
    }
}

private struct CountedChunks: ChunkLedger {
    let count: Int

    func checksums(of brands: [BrandKey]) async throws -> [BrandKey: ChunkChecksum] { [Sample.brand: .init(count: count)] }
    func activeChunks(brand: BrandKey) async throws -> [String: ActiveChunks] { [:] }
    func activeChunks(of document: String, brand: BrandKey) async throws -> (document: Document, chunks: [Chunk])? { nil }
}

@Suite struct `Brands in memory and in the database` {
    private let chunks: [(Document, Chunk)] = {
        var random = SystemRandomNumberGenerator()
        let words = ["kettle", "cup", "tea", "water", "steam"]
        return Sample.vectors(120, columns: 16, using: &random).enumerated().map { ordinal, vector in
            let text = "\(words[ordinal % 5]) \(words[ordinal % 3]) number\(ordinal)"
            return (Sample.document("d\(ordinal % 7)"), Sample.chunk("d\(ordinal % 7)", ordinal, vector, text: text))
        }
    }()

    private func query(_ mode: PassageQuery.Mode) -> PassageQuery {
        var query = PassageQuery(text: "steam cup number7", vector: mode == .text ? [] : chunks[7].1.embedding, mode: mode, limit: 10)
        query.diversity = 0.3
        return query
    }

    @Test(arguments: PassageQuery.Mode.allCases)
    func `are ranked by the same search`(mode: PassageQuery.Mode) async throws {
        let memory = SegmentIndex(source: ChunkList(chunks: [Sample.brand: chunks]))
        let database = ListedCandidates(chunks)
        let tiered = TieredIndex(memory: memory, candidates: database, ledger: CountedChunks(count: 120), threshold: 100)
        let queries = [query(mode), query(mode)]
        #expect(try await tiered.search(queries, brand: Sample.brand) == memory.search(queries, brand: Sample.brand))
        #expect(database.calls.withLock { $0 } == 2)
    }

    @Test func `go to the database only above the threshold, when it can search and its index is built`() async throws {
        let database = ListedCandidates(chunks)
        func search(count: Int) async throws -> Int {
            let memory = SegmentIndex(source: ChunkList(chunks: [Sample.brand: chunks]))
            let tiered = TieredIndex(memory: memory, candidates: database, ledger: CountedChunks(count: count), threshold: 150)
            #expect(try await tiered.search([query(.hybrid)], brand: Sample.brand)[0].count == 10)
            return await memory.size.rows
        }
        #expect(try await search(count: 151) == 0)
        #expect(try await search(count: 150) == 120)
        database.isBuilding.withLock { $0 = true }
        #expect(try await search(count: 151) == 120)
        database.isBuilding.withLock { $0 = false }
        database.reason.withLock { $0 = "none" }
        #expect(try await search(count: 151) == 120)
    }

    @Test func `that memory has no room for are searched by the database, or not at all`() async throws {
        let database = ListedCandidates(chunks)
        let memory = SegmentIndex(source: ChunkList(chunks: [Sample.brand: chunks]))
        let tiered = TieredIndex(memory: memory, candidates: database, ledger: CountedChunks(count: 101), threshold: 150, capacity: 100)
        #expect(try await tiered.search([query(.hybrid)], brand: Sample.brand)[0].count == 10)
        #expect(await memory.size.rows == 0)
        database.isBuilding.withLock { $0 = true }
        await #expect(throws: SearchError.databaseNotReady) { try await tiered.search([query(.hybrid)], brand: Sample.brand) }
        database.reason.withLock { $0 = "the database does not answer" }
        await #expect(throws: SearchError.databaseNotReady) { try await tiered.search([query(.hybrid)], brand: Sample.brand) }
        database.reason.withLock { $0 = "none" }
        await #expect(throws: SearchError.brandTooLarge(passages: 101, limit: 100)) {
            try await tiered.search([query(.hybrid)], brand: Sample.brand)
        }
    }
}
