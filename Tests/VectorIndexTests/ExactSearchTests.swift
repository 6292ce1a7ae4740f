import CVector
import Foundation
import JSON
import Knowledge
import Testing

@testable import VectorIndex

/// A source of chunks that are there already.
struct ChunkList: ChunkSource {
    var chunks: [BrandKey: [(Document, Chunk)]] = [:]
    var tag: String?

    func language(of brand: BrandKey) async throws -> String? { tag }

    func loadChunks(brand: BrandKey, _ receive: (Document, Chunk) -> Void) async throws {
        for (document, chunk) in chunks[brand] ?? [] { receive(document, chunk) }
    }
}

enum Sample {
    static let brand = BrandKey(workspace: "w", brand: "b")

    static func document(_ id: String, brand: BrandKey = brand, metadata: JSON = [:]) -> Document {
        Document(
            id: id, brand: brand, title: "", kind: .other, format: .text, source: "", content: "", contentHash: "", metadata: metadata,
            createdAt: Date(timeIntervalSince1970: 0))
    }

    static func chunk(_ document: String, _ ordinal: Int, _ vector: [Float], text: String = "") -> Chunk {
        Chunk(
            documentID: document, version: 1, ordinal: ordinal, headingPath: ["h"], span: TextSpan(start: ordinal, end: ordinal + 1),
            text: text, embedText: "", searchText: text, embedding: vector, embeddingModel: "", chunker: "")
    }

    /// Unit vectors around a common mean, as embedding models make them; every fifth stands several times.
    static func vectors(_ count: Int, columns: Int, using random: inout some RandomNumberGenerator) -> [[Float]] {
        let mean = (0..<columns).map { _ in Float.random(in: -1...1, using: &random) }
        var made: [[Float]] = []
        for index in 0..<count {
            if index % 5 == 4, let again = made.randomElement(using: &random) {
                made.append(again)
                continue
            }
            let raw = mean.map { $0 + Float.random(in: -1...1, using: &random) }
            let norm = raw.reduce(0) { $0 + $1 * $1 }.squareRoot()
            made.append(raw.map { $0 / norm })
        }
        return made
    }
}

@Suite struct `Exact search` {
    /// The best by the scores of all rows, which is what every search has to give.
    private func bruteForce(
        _ rows: [(id: String, vector: [Float], text: Double, accepted: Bool)], _ query: PassageQuery, ceiling: Double, limit: Int
    ) -> [String] {
        let weight = query.mode == .vector || ceiling == 0 ? 1 : query.vectorWeight
        let scored = rows.filter(\.accepted).map { row -> (id: String, score: Double) in
            let cosine = Double(cvector_dot(row.vector, query.vector, row.vector.count))
            let words = ceiling > 0 && query.mode == .hybrid ? (1 - weight) * row.text : 0
            return (row.id, words + weight / (1 - query.background) * (cosine - query.background))
        }
        return scored.sorted { ($0.score, $1.id) > ($1.score, $0.id) }.prefix(limit).map(\.id)
    }

    @Test(arguments: [1, 31, 64, 384])
    func `gives what scores of all rows give, ties, filters and removals included`(columns: Int) throws {
        var random = SystemRandomNumberGenerator()
        let vectors = Sample.vectors(700, columns: columns, using: &random)
        var segment = Segment()
        for (index, vector) in vectors.enumerated() {
            let id = "d\(index % 70)"
            let document = Sample.document(id, metadata: ["even": .bool(index % 70 % 2 == 0)])
            try segment.append(Sample.chunk(id, index, vector, text: index % 3 == 0 ? "kettle" : "pot"), of: document)
        }
        let removed = Set((0..<20).map { _ in "d\(Int.random(in: 0..<70, using: &random))" })
        for id in removed { try segment.remove(document: id) }
        let left = vectors.enumerated().filter { !removed.contains("d\($0.offset % 70)") }
        #expect(segment.count == left.count)
        let even = PassageFilter([.init(field: .metadata(["even"]), comparison: .equals(true))])
        var queries: [PassageQuery] = []
        for _ in 0..<3 {
            for (mode, filter) in [
                (PassageQuery.Mode.vector, PassageFilter()), (.vector, even), (.hybrid, PassageFilter()), (.hybrid, even),
            ] {
                let vector = left.randomElement(using: &random)!.element
                var query = PassageQuery(text: "kettle", vector: vector, mode: mode, limit: [1, 10, 50].randomElement()!, filter: filter)
                query.background = 0.25
                queries.append(query)
            }
        }
        let words = try segment.search(PassageQuery(text: "kettle", vector: [], mode: .text, limit: 700))
        let texts = Dictionary(uniqueKeysWithValues: words.map { ($0.chunkID, $0.textScore ?? 0) })
        // Together, so that they share scans, and in other numbers than one scan takes.
        for (query, found) in zip(queries, try segment.search(queries)) {
            let rows = left.map { index, vector in
                let id = "d\(index % 70).1.\(index)"
                let accepted = query.filter.conditions.isEmpty || index % 70 % 2 == 0
                return (id: id, vector: vector, text: texts[id] ?? 0, accepted: accepted)
            }
            #expect(found.map(\.chunkID) == bruteForce(rows, query, ceiling: 1, limit: query.limit))
            #expect(found == (try segment.search(query)))
        }
    }

    @Test func `a bad case for rounding is exact too`() throws {
        // One column dwarfs the others, so that rounding takes away all that tells the rows apart.
        var segment = Segment()
        var rows: [(String, [Float])] = []
        for index in 0..<300 {
            var vector = [Float](repeating: 0, count: 40)
            vector[0] = index % 2 == 0 ? 1 : -1
            vector[1 + index % 39] = Float(index) * 1e-5
            rows.append(("d.1.\(index)", vector))
            try segment.append(Sample.chunk("d", index, vector), of: Sample.document("d"))
        }
        var query = [Float](repeating: 0.1, count: 40)
        query[0] = 0.8
        let expected = rows.map { ($0.0, cvector_dot($0.1, query, 40)) }.sorted { ($0.1, $1.0) > ($1.1, $0.0) }.prefix(10).map(\.0)
        #expect(try segment.search(PassageQuery(text: "", vector: query, mode: .vector, limit: 10)).map(\.chunkID) == Array(expected))
    }

    @Test func `kernels give the integers' sums, for any number of queries`() {
        var random = SystemRandomNumberGenerator()
        for (rows, stride) in [(1, 64), (7, 128), (65, 384), (3, 2_048)] {
            let bytes = (0..<rows * stride).map { _ in UInt8.random(in: 1...255, using: &random) }
            let scales = (0..<rows).map { _ in Float.random(in: 0.001...0.1, using: &random) }
            for count in 1...8 {
                let high = (0..<count * stride).map { _ in Int8.random(in: -127...127, using: &random) }
                let low = (0..<count * stride).map { _ in Int8.random(in: -127...127, using: &random) }
                var scores = [Float](repeating: 0, count: count * rows)
                high.withUnsafeBufferPointer { high in
                    low.withUnsafeBufferPointer { low in
                        scores.withUnsafeMutableBufferPointer { scores in
                            let queries = (0..<count).map { query in
                                let (h, l) = (high.baseAddress! + query * stride, low.baseAddress! + query * stride)
                                return cvector_query(
                                    high: h, low: l, high_sum: (0..<stride).reduce(0) { $0 + Int32(h[$1]) },
                                    low_sum: (0..<stride).reduce(0) { $0 + Int32(l[$1]) }, step: 0.01, base: 0.5)
                            }
                            let targets: [UnsafeMutablePointer<Float>?] = (0..<count).map { scores.baseAddress! + $0 * rows }
                            cvector_scan(bytes, scales, rows, stride, queries, count, targets)
                        }
                    }
                }
                for query in 0..<count {
                    for row in 0..<rows {
                        var exact = 0.0
                        for column in 0..<stride {
                            let value = Double(bytes[row * stride + column]) - 128
                            exact += value * (Double(high[query * stride + column]) + Double(low[query * stride + column]) / 254)
                        }
                        let expected = 0.5 + Double(scales[row]) * 0.01 * exact
                        #expect(abs(Double(scores[query * rows + row]) - expected) < 1e-4 * max(1, abs(expected)))
                    }
                }
            }
        }
    }

    @Test func `a snapshot answers as it was, whatever is written meanwhile`() throws {
        var random = SystemRandomNumberGenerator()
        let vectors = Sample.vectors(400, columns: 48, using: &random)
        var segment = Segment()
        for (index, vector) in vectors.prefix(300).enumerated() {
            try segment.append(Sample.chunk("d\(index)", 0, vector, text: "kettle \(index)"), of: Sample.document("d\(index)"))
        }
        let snapshot = segment
        var query = PassageQuery(text: "kettle", vector: vectors[0], limit: 20)
        query.explains = true
        let before = try snapshot.search(query)
        for index in 0..<200 { try segment.remove(document: "d\(index)") }
        for index in 300..<400 { try segment.append(Sample.chunk("d\(index)", 0, vectors[index]), of: Sample.document("d\(index)")) }
        #expect(try snapshot.search(query) == before)
        #expect(segment.count == 200)
    }
}

@Suite struct `Lists of postings` {
    @Test func `give back what was put in, however long they are`() {
        var random = SystemRandomNumberGenerator()
        var arena = PostingArena()
        var lists = Array(repeating: PostingArena.List(), count: 50)
        var expected: [[(Int, Int)]] = Array(repeating: [], count: 50)
        var number: UInt32 = 0
        for _ in 0..<60_000 {
            number += [0, 1, 1, 300, 100_000].randomElement(using: &random)!
            // Some lists are long, most are short.
            let list = Bool.random(using: &random) ? Int.random(in: 0..<3, using: &random) : Int.random(in: 0..<50, using: &random)
            guard expected[list].last?.0 != Int(number) else { continue }
            let count = ([1, 2, 127, 128, 70_000] as [UInt32]).randomElement(using: &random)!
            arena.append(number, count: count, to: &lists[list])
            expected[list].append((Int(number), Int(count)))
        }
        for (list, entries) in zip(lists, expected) {
            var found: [(Int, Int)] = []
            arena.forEach(in: list) { found.append(($0, $1)) }
            #expect(found.map(\.0) == entries.map(\.0) && found.map(\.1) == entries.map(\.1))
        }
    }
}

@Suite struct `The index of a process` {
    private func index(_ brands: Int, rows: Int, budget: Int = 1 << 30) -> (index: SegmentIndex, keys: [BrandKey]) {
        let keys = (0..<brands).map { BrandKey(workspace: "w", brand: "b\($0)") }
        var source = ChunkList()
        for (number, key) in keys.enumerated() {
            let document = Sample.document("d", brand: key)
            source.chunks[key] = (0..<rows).map { (document, Sample.chunk("d", $0, [Float($0 + 1), Float(number + 1)], text: "kettle")) }
        }
        return (SegmentIndex(source: source, budget: budget), keys)
    }

    @Test func `many searches at once all get their own answer`() async throws {
        let (index, keys) = index(3, rows: 200)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<300 {
                group.addTask {
                    let key = keys[number % 3]
                    let queries = (0...number % 4).map { PassageQuery(text: "", vector: [1, 0], mode: .vector, limit: $0 + 1) }
                    let found = try await index.search(queries, brand: key)
                    #expect(found.map(\.count) == queries.map(\.limit))
                    #expect(found.allSatisfy { $0.first?.chunkID == "d.1.199" })
                }
            }
            try await group.waitForAll()
        }
    }

    @Test func `brands give way when memory is short, the one that was searched last stays, and all are found`() async throws {
        let (index, keys) = index(6, rows: 400, budget: 300_000)
        for key in keys + keys.reversed() {
            #expect(try await index.search([PassageQuery(text: "", vector: [1, 0], limit: 3)], brand: key)[0].count == 3)
            let size = await index.size
            #expect(size.bytes <= 300_000 || size.brands == 1)
            #expect(await index.holds(key))
        }
        #expect(await index.size.brands < 6)
    }
}
