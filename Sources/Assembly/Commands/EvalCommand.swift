import Foundation
import JSON
import Knowledge
import MongoStore
import Retrieval
import VectorIndex

extension Services {
    /// The measures that `postwright eval` prints.
    package static var evaluationMeasures: [String] { RankingMeasures.names }

    /// What `postwright eval` was asked for.
    package struct EvaluationOrder: Sendable {
        package var path: String
        package var brand: String?
        /// Names of measures with the least value that the hybrid mode must reach.
        package var least: [(name: String, value: Double)]

        package init(path: String, brand: String?, least: [(name: String, value: Double)]) {
            self.path = path
            self.brand = brand
            self.least = least
        }
    }

    /// Measures retrieval in every mode and prints the figures.
    ///
    /// - Returns: whether every least value was reached.
    package func evaluate(_ order: EvaluationOrder, workspace: String, asJSON: Bool) async throws -> Bool {
        let set = try EvaluationSet(path: order.path, brand: order.brand)
        guard !set.questions.isEmpty else { throw StartError(.failed, "\(order.path) holds no questions with answers.") }
        let key = BrandKey(workspace: workspace, brand: set.brand ?? "collection")
        let service: RetrievalService
        if set.brand != nil {
            guard try await stores.brand(key) != nil else {
                throw StartError(.failed, "There is no brand \(key.brand); load it with `postwright seed` first.")
            }
            service = retrieval
        } else {
            service = try await collection(set, key)
        }
        let evaluation = RetrievalEvaluation(retrieval: service, brand: key)
        let display = ProgressDisplay(title: "Asking")
        var results: [(way: RetrievalEvaluation.Way, measures: RankingMeasures)] = []
        for (index, way) in RetrievalEvaluation.Way.all.enumerated() {
            let total = set.questions.count * RetrievalEvaluation.Way.all.count
            let measures = try await evaluation.measure(set.questions, by: way) {
                display.show(done: index * set.questions.count + $0, total: total, note: way.name)
            }
            results.append((way, measures))
        }
        display.end()
        Console.print(asJSON ? Self.json(results, set).prettyText : Self.table(results, set))
        let missed = order.least.filter { (results[0].measures[$0.name] ?? 0) < $0.value }
        for (name, value) in missed {
            Console.warn("hybrid has \(name) \(Self.figure(results[0].measures[name] ?? 0)), less than \(Self.figure(value))")
        }
        return missed.isEmpty
    }

    /// A search over the collection's documents, which are stored nowhere.
    private func collection(_ set: EvaluationSet, _ brand: BrandKey) async throws -> RetrievalService {
        var vectors: [[Float]] = []
        let display = ProgressDisplay(title: "Embedding")
        for start in stride(from: 0, to: set.corpus.count, by: 32) {
            let batch = set.corpus[start..<min(start + 32, set.corpus.count)]
            let known = batch.compactMap(\.vector)
            vectors +=
                known.count == batch.count
                ? known : try await embeddings.embed(batch.map { $0.title + "\n" + $0.text }, as: .passage).vectors
            display.show(done: vectors.count, total: set.corpus.count)
        }
        display.end()
        let source = CorpusSource(texts: set.corpus, vectors: vectors, now: clock.now)
        return RetrievalService(
            brands: stores, embeddings: KnownEmbeddings(client: embeddings, queries: set.queryVectors), cache: NoCache(),
            search: SegmentIndex(source: source, budget: .max))
    }

    private static func figure(_ value: Double) -> String { String(format: "%.3f", value) }

    private static func table(_ results: [(way: RetrievalEvaluation.Way, measures: RankingMeasures)], _ set: EvaluationSet) -> String {
        func row(_ cells: [String]) -> String {
            cells[0].padding(toLength: 16, withPad: " ", startingAt: 0)
                + cells.dropFirst().map { String(repeating: " ", count: max(1, 10 - $0.count)) + $0 }.joined()
        }
        let documents = set.corpus.isEmpty ? "" : " of \(set.corpus.count) documents"
        return
            (["\(set.questions.count) questions\(documents)", row(["mode"] + RankingMeasures.names)]
            + results.map { row([$0.way.name] + $0.measures.values.map { figure($0.value) }) }).joined(separator: "\n")
    }

    private static func json(_ results: [(way: RetrievalEvaluation.Way, measures: RankingMeasures)], _ set: EvaluationSet) -> JSON {
        [
            "questions": JSON(set.questions.count),
            "modes": .object(
                JSONObject(
                    results.map { result in
                        let figures = result.measures.values.map { JSONObject.Member(key: $0.name, value: .number($0.value)) }
                        return .init(key: result.way.name, value: .object(JSONObject(figures)))
                    })),
        ]
    }
}

/// A collection's documents as a brand's chunks, one each.
private struct CorpusSource: ChunkSource {
    let texts: [EvaluationSet.Text]
    let vectors: [[Float]]
    let now: Date

    func language(of brand: BrandKey) async throws -> String? { nil }

    func loadChunks(brand: BrandKey, _ receive: (Document, Chunk) -> Void) async throws {
        for (text, vector) in zip(texts, vectors) {
            let document = Document(
                id: text.id, brand: brand, title: text.title, kind: .other, format: .text, source: "", content: "", contentHash: "",
                metadata: [:], createdAt: now)
            receive(
                document,
                Chunk(
                    documentID: text.id, version: 1, ordinal: 0, headingPath: [], span: TextSpan(start: 0, end: 0), text: text.text,
                    embedText: "", searchText: text.text, embedding: vector, embeddingModel: "", chunker: ""))
        }
    }
}

/// Vectors that a collection brings for its queries; other texts are embedded.
private struct KnownEmbeddings: EmbeddingClient {
    let client: any EmbeddingClient
    let queries: [String: [Float]]

    var modelID: String { client.modelID }

    func embed(_ texts: [String], as role: EmbeddingRole) async throws -> EmbeddingAnswer {
        let known = role == .query ? texts.compactMap { queries[$0] } : []
        if known.count == texts.count { return EmbeddingAnswer(vectors: known, usage: Usage()) }
        return try await client.embed(texts, as: role)
    }
}

/// A collection leaves nothing behind in the database.
private struct NoCache: EmbeddingCache {
    func vectors(for texts: [String], model: String) async throws -> [String: [Float]] { [:] }
    func store(_ vectors: [String: [Float]], model: String) async throws {}
}
