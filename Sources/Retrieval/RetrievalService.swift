// Retrieval: a question in, passages out. It knows the ports of Knowledge only.

package import Knowledge

/// The use case of search.
package struct RetrievalService: Sendable {
    private let brands: any BrandStore
    private let embeddings: any EmbeddingClient
    private let search: any PassageSearch
    private let background: CosineBackground

    package init(brands: any BrandStore, embeddings: any EmbeddingClient, cache: any EmbeddingCache, search: any PassageSearch) {
        self.brands = brands
        self.embeddings = embeddings
        self.search = search
        background = CosineBackground(embeddings: embeddings, cache: cache)
    }

    package struct Question: Sendable {
        package var text: String
        package var mode = PassageQuery.Mode.hybrid
        package var limit = 8
        package var fusion = PassageQuery.Fusion.convex
        package var minScore = 0.0
        package var diversity = 0.0
        package var explains = false
        package var filter = PassageFilter()

        package init(_ text: String) { self.text = text }
    }

    /// How long somebody who has asked waits for the embeddings API.
    private static let patience = Duration.seconds(20)

    /// The brand's best passages, or nil when there is no such brand.
    ///
    /// - Throws: `ModelError`, `StoreError`.
    package func passages(for question: Question, brand: BrandKey) async throws -> [Passage]? {
        // A brand with passages in memory exists: no question to the store, which may be away.
        if await !search.holds(brand) {
            guard try await brands.brand(brand) != nil else { return nil }
        }
        let impatient = WorkContext.with { $0.deadline = .now + Self.patience }
        return try await WorkContext.$current.withValue(impatient) { try await passages(for: [question], brand: brand).passages[0] }
    }

    /// Passages for several questions with one embedding request; the brand is known to exist.
    package func passages(
        for questions: [Question], brand: BrandKey
    ) async throws -> (passages: [[Passage]], usage: Usage) {
        let place = WorkContext.with { ($0.workspace, $0.brand) = (brand.workspace, brand.brand) }
        return try await WorkContext.$current.withValue(place) { try await found(for: questions, brand: brand) }
    }

    private func found(for questions: [Question], brand: BrandKey) async throws -> (passages: [[Passage]], usage: Usage) {
        // A search by words alone needs no embedding.
        let meant = questions.filter { $0.mode != .text }
        let answer = try await meant.isEmpty ? nil : embeddings.embed(meant.map(\.text), as: .query)
        var vectors = (answer?.vectors ?? [])[...]
        var queries: [PassageQuery] = []
        for question in questions {
            let vector = question.mode == .text ? [] : vectors.popFirst() ?? []
            var query = PassageQuery(
                text: question.text, vector: vector, mode: question.mode, limit: question.limit, minScore: question.minScore,
                filter: question.filter)
            query.diversity = question.diversity
            query.fusion = question.fusion
            query.explains = question.explains
            if !vector.isEmpty { query.background = try await background.cosine(with: vector) }
            queries.append(query)
        }
        return (try await search.search(queries, brand: brand), answer?.usage ?? Usage())
    }

    /// By how much the closest of `texts` is nearer to the question than texts about anything are, as cosines.
    package func distinctness(of question: String, among texts: [String]) async throws -> Double {
        let query = try await embeddings.embed([question], as: .query).vectors[0]
        let vectors = try await embeddings.embed(texts, as: .passage).vectors
        let cosines = vectors.map { zip($0, query).reduce(0.0) { $0 + Double($1.0) * Double($1.1) } }
        return try await (cosines.max() ?? 0) - background.cosine(with: query)
    }
}
