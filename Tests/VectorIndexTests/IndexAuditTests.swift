import Foundation
import Knowledge
import Synchronization
import Testing

@testable import VectorIndex

/// A store whose documents the test changes without telling the index.
private final class QuietStore: ChunkSource, ChunkLedger {
    let documents = Mutex<[String: [Chunk]]>([:])
    let sumsAreKept = Mutex(true)
    let isAway = Mutex(false)

    func language(of brand: BrandKey) async throws -> String? { nil }

    func loadChunks(brand: BrandKey, _ receive: (Document, Chunk) -> Void) async throws {
        for (id, chunks) in documents.withLock({ $0 }) { for chunk in chunks { receive(Self.document(id, chunks), chunk) } }
    }

    func checksums(of brands: [BrandKey]) async throws -> [BrandKey: ChunkChecksum] {
        if isAway.withLock({ $0 }) { throw StoreError.unavailable }
        let all = ChunkChecksum(documents.withLock { $0.values.flatMap { $0 } })
        return [Sample.brand: sumsAreKept.withLock { $0 } ? all : ChunkChecksum(sum: 0, count: all.count)]
    }

    func activeChunks(brand: BrandKey) async throws -> [String: ActiveChunks] {
        let areKept = sumsAreKept.withLock { $0 }
        return documents.withLock { $0 }.mapValues { .init(version: $0[0].version, checksum: areKept ? ChunkChecksum($0) : nil) }
    }

    func activeChunks(of id: String, brand: BrandKey) async throws -> (document: Document, chunks: [Chunk])? {
        documents.withLock { $0[id] }.map { (Self.document(id, $0), $0) }
    }

    private static func document(_ id: String, _ chunks: [Chunk]) -> Document {
        var document = Sample.document(id)
        document.version = chunks[0].version
        document.activeVersion = document.version
        return document
    }
}

@Suite struct `An audit of the index` {
    private let store = QuietStore()

    private func chunk(_ document: String, _ text: String, version: Int = 1, _ vector: [Float] = [1, 0]) -> Chunk {
        Chunk(
            documentID: document, version: version, ordinal: 0, headingPath: [], span: TextSpan(start: 0, end: 1), text: text,
            embedText: text, searchText: text, embedding: vector, embeddingModel: "", chunker: "")
    }

    /// An index with documents a, b and c in memory.
    private func loaded() async throws -> (index: SegmentIndex, audit: IndexAudit) {
        store.documents.withLock { $0 = Dictionary(uniqueKeysWithValues: ["a", "b", "c"].map { ($0, [chunk($0, "\($0) kettle")]) }) }
        let index = SegmentIndex(source: store)
        #expect(try await found(index, "kettle") == ["a", "b", "c"])
        return (index, IndexAudit(index: index, ledger: store))
    }

    private func found(_ index: SegmentIndex, _ text: String) async throws -> [String] {
        let query = PassageQuery(text: text, vector: [], mode: .text, limit: 10)
        return try await index.search([query], brand: Sample.brand)[0].map(\.documentID).sorted()
    }

    @Test func `finds what was missed, and puts it right`() async throws {
        let (index, audit) = try await loaded()
        #expect(try await audit.run(settling: .zero) == 0)
        store.documents.withLock {
            $0["a"] = nil
            $0["b"] = [chunk("b", "teapot", version: 2)]
            $0["d"] = [chunk("d", "kettle")]
            // The same version with other words: nobody writes so, but a checksum has to see it.
            $0["c"] = [chunk("c", "cup")]
        }
        #expect(try await audit.run(settling: .milliseconds(1)) == 4)
        #expect(try await found(index, "kettle") == ["d"])
        #expect(try await found(index, "teapot") == ["b"])
        #expect(try await found(index, "cup") == ["c"])
        #expect(try await audit.run(settling: .zero) == 0)
        var report = await audit.report
        #expect(report.finishedAt != nil)
        report.finishedAt = nil
        #expect(report == .init(audits: 3, auditsWithDifferences: 1, corrections: 4, brands: 1, differingBrands: 0))
    }

    @Test func `leaves alone what is only on its way`() async throws {
        let (index, audit) = try await loaded()
        store.documents.withLock { $0["b"] = [chunk("b", "teapot", version: 2)] }
        async let corrections = audit.run(settling: .seconds(1))
        try await Task.sleep(for: .milliseconds(200))
        var document = Sample.document("b")
        (document.version, document.activeVersion) = (2, 2)
        await index.refresh(document, chunks: [chunk("b", "teapot", version: 2)])
        #expect(try await corrections == 0)
        #expect(await audit.report.differingBrands == 0)
    }

    @Test func `an old version that comes late changes nothing`() async throws {
        let (index, _) = try await loaded()
        for version in [3, 2] {
            var document = Sample.document("b")
            (document.version, document.activeVersion) = (version, version)
            await index.refresh(document, chunks: [chunk("b", "version \(version)", version: version)])
        }
        #expect(try await found(index, "3") == ["b"])
    }

    @Test func `what the process activates itself is no news to it`() async throws {
        let (index, _) = try await loaded()
        @Sendable func version(_ number: Int) -> Document {
            var document = Sample.document("b")
            (document.version, document.activeVersion) = (number, number)
            return document
        }
        let second = [chunk("b", "teapot", version: 2)]
        try await index.replace(version(2), chunks: second) {
            #expect(await !index.isNews(version(2)))
            #expect(await index.isNews(version(3)))
            return false
        }
        // Not activated: the same from elsewhere is news again.
        #expect(await index.isNews(version(2)))
        await #expect(throws: StoreError.unavailable) {
            try await index.replace(version(2), chunks: second) { throw StoreError.unavailable }
        }
        #expect(try await found(index, "kettle") == ["a", "b", "c"])
        try await index.replace(version(2), chunks: second) { true }
        #expect(try await found(index, "teapot") == ["b"])
        // What another process has activated meanwhile stays.
        try await index.replace(version(3), chunks: [chunk("b", "mug", version: 3)]) {
            await index.refresh(version(4), chunks: [chunk("b", "cup", version: 4)])
            return true
        }
        #expect(try await found(index, "cup") == ["b"])
    }

    @Test func `tells of a difference that stays, and does not mend it for ever`() async throws {
        let (_, audit) = try await loaded()
        // A vector of another size cannot be searched beside the others.
        store.documents.withLock { $0["d"] = [chunk("d", "kettle", [1, 0, 0])] }
        #expect(try await audit.run(settling: .zero) == 1)
        #expect(try await audit.run(settling: .zero) == 0)
        #expect(await audit.report.differingBrands == 1)
        store.documents.withLock { $0["d"] = nil }
        #expect(try await audit.run(settling: .zero) == 0)
        #expect(await audit.report.differingBrands == 0)
    }

    @Test func `compares versions where no checksum was kept, and says when the store is away`() async throws {
        let (index, audit) = try await loaded()
        store.sumsAreKept.withLock { $0 = false }
        #expect(try await audit.run(settling: .zero) == 0)
        var second = chunk("b", "pot", version: 2)
        (second.ordinal, second.id) = (1, "b.2.1")
        store.documents.withLock { [second] in $0["b"] = [chunk("b", "teapot", version: 2), second] }
        #expect(try await audit.run(settling: .zero) == 1)
        #expect(try await found(index, "teapot") == ["b"])
        store.isAway.withLock { $0 = true }
        await #expect(throws: StoreError.unavailable) { try await audit.run(settling: .zero) }
    }

    @Test func `a checksum depends on each part of a chunk, and not on the order`() {
        let base = Sample.chunk("a", 1, [1, 0], text: "kettle")
        var others: [Chunk] = [Sample.chunk("a", 2, [1, 0], text: "kettle"), Sample.chunk("b", 1, [1, 0], text: "kettle")]
        for change: (inout Chunk) -> Void in [
            { $0.text = "kettle\0" }, { $0.searchText = "kettles" }, { $0.headingPath = ["h", ""] }, { $0.span.end += 1 },
            { $0.embedding[1] = -0.0 }, { $0.embedding = [0, 1] }, { $0.text = "" },
        ] {
            var other = base
            change(&other)
            others.append(other)
        }
        let sums = ([base] + others).map { ChunkChecksum([$0]) }
        #expect(Set(sums).count == sums.count)
        #expect(sums.allSatisfy { $0.sum >= 0 && $0.sum < 1 << 36 })
        #expect(ChunkChecksum([base] + others) == ChunkChecksum(others.reversed() + [base]))
        var joined = ChunkChecksum([base])
        joined += ChunkChecksum(others)
        #expect(joined == ChunkChecksum([base] + others))
    }
}
