package import Knowledge

/// Asks a brand questions whose answers are known, and measures what is found.
package struct RetrievalEvaluation: Sendable {
    package struct Question: Sendable, Hashable {
        package var text: String
        /// Ids of the documents that answer it, each of them relevant.
        package var documents: Set<String>

        package init(text: String, documents: Set<String>) {
            self.text = text
            self.documents = documents
        }
    }

    /// A way to rank.
    package struct Way: Sendable, Hashable {
        package var name: String
        package var mode: PassageQuery.Mode
        package var fusion: PassageQuery.Fusion

        /// The modes, and the other fusion of the hybrid one.
        package static let all = [
            Way(name: "hybrid", mode: .hybrid, fusion: .convex), Way(name: "vector", mode: .vector, fusion: .convex),
            Way(name: "text", mode: .text, fusion: .convex),
            Way(name: "reciprocalRank", mode: .hybrid, fusion: .reciprocalRank),
        ]
    }

    private let retrieval: RetrievalService
    private let brand: BrandKey
    /// Passages of which the best ten documents are taken.
    private static let passageLimit = 50
    private static let batchSize = 32

    package init(retrieval: RetrievalService, brand: BrandKey) {
        self.retrieval = retrieval
        self.brand = brand
    }

    /// - Parameter report: is told how many questions were asked.
    /// - Throws: `ModelError`, `StoreError`.
    package func measure(
        _ questions: [Question], by way: Way, report: (Int) -> Void = { _ in }
    ) async throws -> RankingMeasures {
        var measures = RankingMeasures()
        for start in stride(from: 0, to: questions.count, by: Self.batchSize) {
            let batch = Array(questions[start..<min(start + Self.batchSize, questions.count)])
            let asked = batch.map { question in
                var asked = RetrievalService.Question(question.text)
                (asked.mode, asked.fusion, asked.limit) = (way.mode, way.fusion, Self.passageLimit)
                return asked
            }
            let (found, _) = try await retrieval.passages(for: asked, brand: brand)
            for (question, passages) in zip(batch, found) {
                var seen: Set<String> = []
                measures.add(ranked: passages.map(\.documentID).filter { seen.insert($0).inserted }, relevant: question.documents)
            }
            report(start + batch.count)
        }
        return measures
    }
}
