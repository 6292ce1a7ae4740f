import Foundation
import JSON
import Knowledge
import VectorIndex

/// nDCG@10, recall and mean reciprocal rank of each mode, on documents.jsonl, queries.jsonl, qrels.tsv and the .f32 files
/// beside them.
struct QualityBench {
    private let collection: Collection

    init(folder: String) throws { collection = try Collection(folder: folder) }

    func run() throws {
        print("\(collection.documents.count) documents, \(collection.queries.count) queries")
        print("mode          nDCG@10  recall@5  recall@10   MRR   ms/query")
        for mode in PassageQuery.Mode.allCases { try measure(mode.rawValue, mode, .convex) }
        try measure("hybrid, rank", .hybrid, .reciprocalRank)
    }

    private func measure(_ name: String, _ mode: PassageQuery.Mode, _ fusion: PassageQuery.Fusion) throws {
        let start = ContinuousClock.now
        var sums = [0.0, 0, 0, 0]
        for query in collection.queries {
            let found = try collection.search(query, mode, fusion)
            for (index, value) in collection.measures(found, query).enumerated() { sums[index] += value }
        }
        let time = (ContinuousClock.now - start) / .milliseconds(1) / Double(collection.queries.count)
        let figures = sums.map { String(format: "%8.4f", $0 / Double(collection.queries.count)) }.joined(separator: " ")
        print(name.padding(toLength: 13, withPad: " ", startingAt: 0), figures, String(format: "%8.3f", time))
    }
}

struct Collection {
    struct Text {
        var id: String
        var title: String
        var text: String
        var vector: [Float]
    }

    let documents: [Text]
    let queries: [Text]
    private var judgements: [String: [String: Double]] = [:]
    private var segment = Segment()
    /// The mean cosine of the collection's queries with texts about anything, for multilingual-e5-small.
    private static let background = 0.77

    init(folder: String) throws {
        documents = try Self.texts(folder, "documents")
        queries = try Self.texts(folder, "queries")
        for line in try String(contentsOfFile: folder + "/qrels.tsv", encoding: .utf8).split(separator: "\n") {
            let fields = line.split(separator: "\t").map(String.init)
            guard fields.count >= 3, Double(fields.last ?? "") != nil else { continue }
            // Every pair that is listed is relevant, as the collection's own figures count.
            judgements[fields[0], default: [:]][fields[fields.count - 2]] = 1
        }
        let brand = BrandKey(workspace: "w", brand: "b")
        for text in documents {
            let document = Document(
                id: text.id, brand: brand, title: text.title, kind: .other, format: .text, source: "", content: "", contentHash: "",
                metadata: [:], createdAt: .now)
            try segment.append(
                Chunk(
                    documentID: text.id, version: 1, ordinal: 0, headingPath: [], span: TextSpan(start: 0, end: 0), text: text.text,
                    embedText: "", searchText: text.text, embedding: text.vector, embeddingModel: "", chunker: ""), of: document)
        }
    }

    private static func texts(_ folder: String, _ name: String) throws -> [Text] {
        let lines = try String(contentsOfFile: "\(folder)/\(name).jsonl", encoding: .utf8).split(separator: "\n")
        let bytes = try Data(contentsOf: URL(filePath: "\(folder)/\(name).f32"))
        let floats = bytes.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
        let size = floats.count / lines.count
        return try lines.enumerated().map { index, line in
            let json = try JSON(parsing: String(line))
            let id = json["id"]?.stringValue ?? json["id"]?.integerValue.map(String.init) ?? ""
            return Text(
                id: id, title: json["title"]?.stringValue ?? "", text: json["text"]?.stringValue ?? "",
                vector: Array(floats[index * size..<(index + 1) * size]))
        }
    }

    func search(_ query: Text, _ mode: PassageQuery.Mode, _ fusion: PassageQuery.Fusion) throws -> [String] {
        var question = PassageQuery(text: query.text, vector: query.vector, mode: mode, limit: 10)
        question.fusion = fusion
        question.background = Self.background
        return try segment.search(question).map(\.documentID)
    }

    /// nDCG@10, recall@5, recall@10 and the reciprocal rank.
    func measures(_ found: [String], _ query: Text) -> [Double] {
        let grades = judgements[query.id] ?? [:]
        func gain(_ grade: Double, _ rank: Int) -> Double { grade / log2(Double(rank) + 2) }
        let reached = found.prefix(10).enumerated().map { gain(max(0, grades[$1] ?? 0), $0) }.reduce(0, +)
        let ideal = grades.values.filter { $0 > 0 }.sorted(by: >).prefix(10).enumerated().map { gain($1, $0) }.reduce(0, +)
        let relevant = Set(grades.filter { $0.value > 0 }.keys)
        func recall(_ count: Int) -> Double { Double(found.prefix(count).count { relevant.contains($0) }) / Double(max(1, relevant.count)) }
        let first = found.firstIndex { relevant.contains($0) }
        return [ideal > 0 ? reached / ideal : 0, recall(5), recall(10), first.map { 1 / Double($0 + 1) } ?? 0]
    }
}
