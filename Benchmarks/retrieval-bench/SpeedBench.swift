import CVector
import Foundation
import JSON
import Knowledge
import VectorIndex

/// Answers, line by line, how long a search takes; `Benchmarks/retrieval.py` asks, between measures of the peers.
final class SpeedBench {
    private let dimensions: Int
    private let rows: [Float]
    private let queries: [[Float]]
    private var segment = Segment(language: .other)
    private let loadTime: Double

    init(vectors: String, queries: String, dimensions: Int) throws {
        self.dimensions = dimensions
        rows = try Self.floats(vectors)
        let asked = try Self.floats(queries)
        self.queries = stride(from: 0, to: asked.count, by: dimensions).map { Array(asked[$0..<$0 + dimensions]) }
        let start = ContinuousClock.now
        let brand = BrandKey(workspace: "w", brand: "b")
        let document = Document(
            id: "d", brand: brand, title: "", kind: .other, format: .text, source: "", content: "", contentHash: "", metadata: [:],
            createdAt: .now)
        for row in 0..<rows.count / dimensions {
            try segment.append(
                Chunk(
                    documentID: "d", version: 1, ordinal: row, headingPath: [], span: TextSpan(start: 0, end: 0), text: "",
                    embedText: "", searchText: "", embedding: Array(rows[row * dimensions..<(row + 1) * dimensions]), embeddingModel: "",
                    chunker: ""), of: document)
        }
        loadTime = (ContinuousClock.now - start) / .milliseconds(1)
    }

    private static func floats(_ path: String) throws -> [Float] {
        try Data(contentsOf: URL(filePath: path)).withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
    }

    func serve() throws {
        answer([
            "ready": true, "rows": JSON(segment.count), "loadMs": .number(loadTime), "residentBytes": JSON(segment.byteCount),
            "instructions": .string(String(cString: cvector_instructions())),
        ])
        while let command = readLine() {
            switch command {
            case "roof": answer(["ms": .number(time(over: 8) { _ in sink += cvector_sum(rows, rows.count) })])
            case "float":
                var scores = [Float](repeating: 0, count: segment.count)
                answer([
                    "ms": .number(
                        time(over: queries.count) { cvector_dot_rows(rows, segment.count, dimensions, queries[$0], &scores) })
                ])
            case "exact":
                let time = try time(over: queries.count) { _ = try segment.search(question($0)) }
                answer([
                    "ms": .number(time), "rescored": JSON(median(try queries.indices.map { try segment.candidateCount(question($0)) })),
                ])
            case "shared":
                let groups = queries.count / 8
                let time = try time(over: groups) { group in
                    _ = try segment.search((group * 8..<group * 8 + 8).map(question))
                }
                answer(["ms": .number(time / 8)])
            case "top":
                let found = try segment.search(queries.indices.map(question))
                answer(["top": .array(found.map { .array($0.map { JSON(Int($0.chunkID.split(separator: ".")[2]) ?? 0) }) })])
            default: answer(["error": "unknown command"])
            }
        }
    }

    private var sink: Float = 0

    private func question(_ index: Int) -> PassageQuery {
        PassageQuery(text: "", vector: queries[index], mode: .vector, limit: 10)
    }

    /// Milliseconds of one call, after one that does not count.
    private func time(over count: Int, _ body: (Int) throws -> Void) rethrows -> Double {
        try body(0)
        let start = ContinuousClock.now
        for index in 0..<count { try body(index) }
        return (ContinuousClock.now - start) / .milliseconds(1) / Double(count)
    }

    private func median(_ values: [Int]) -> Int { values.sorted()[values.count / 2] }

    private func answer(_ value: JSON) {
        FileHandle.standardOutput.write(Data((value.text + "\n").utf8))
    }
}
