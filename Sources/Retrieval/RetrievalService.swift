// Retrieval: a question in, passages out. It knows the ports of Knowledge only.

package import Knowledge

/// The use case of search.
package struct RetrievalService: Sendable {
    private let brands: any BrandStore
    private let embeddings: any EmbeddingClient
    private let search: any PassageSearch

    package init(brands: any BrandStore, embeddings: any EmbeddingClient, search: any PassageSearch) {
        self.brands = brands
        self.embeddings = embeddings
        self.search = search
    }

    package struct Question: Sendable {
        package var text: String
        package var mode = PassageQuery.Mode.hybrid
        package var limit = 8
        package var minScore = 0.0
        package var diversity = 0.0
        package var filter = PassageFilter()

        package init(_ text: String) { self.text = text }
    }

    /// The brand's best passages, or nil when there is no such brand.
    ///
    /// - Throws: `ModelError`, `StoreError`.
    package func passages(for question: Question, brand: BrandKey) async throws -> [Passage]? {
        // A brand with passages in memory exists: no question to the store, which may be away.
        if await !search.holds(brand) {
            guard try await brands.brand(brand) != nil else { return nil }
        }
        return try await passages(for: [question], brand: brand).passages[0]
    }

    /// Passages for several questions with one embedding request; the brand is known to exist.
    package func passages(
        for questions: [Question], brand: BrandKey
    ) async throws -> (passages: [[Passage]], usage: Usage) {
        // A search by words alone needs no embedding.
        let meant = questions.filter { $0.mode != .text }
        let answer = try await meant.isEmpty ? nil : embeddings.embed(meant.map(\.text), as: .query)
        var vectors = (answer?.vectors ?? [])[...]
        var found: [[Passage]] = []
        for question in questions {
            let vector = question.mode == .text ? [] : vectors.popFirst() ?? []
            var query = PassageQuery(
                text: question.text, vector: vector, mode: question.mode, limit: question.limit, minScore: question.minScore,
                filter: question.filter)
            query.diversity = question.diversity
            found.append(try await search.search(query, brand: brand))
        }
        return (found, answer?.usage ?? Usage())
    }

    /// By how much the closest of `texts` is nearer to the question than the `others` are on average, as cosines.
    ///
    /// A difference, since the cosines of unrelated texts lie anywhere between 0 and 0.85, as the model has it.
    package func distinctness(of question: String, among texts: [String], from others: [String]) async throws -> Double {
        let query = try await embeddings.embed([question], as: .query).vectors[0]
        let vectors = try await embeddings.embed(texts + others, as: .passage).vectors
        let cosines = vectors.map { zip($0, query).reduce(0.0) { $0 + Double($1.0) * Double($1.1) } }
        let background = cosines.dropFirst(texts.count)
        return (cosines.prefix(texts.count).max() ?? 0) - background.reduce(0, +) / Double(max(1, background.count))
    }
}
