import Knowledge

/// What a query has in common with texts about anything, which is where the scale of scores begins.
///
/// Cosines of unrelated texts lie anywhere between 0 and 0.85, as the model has it; their mean with sentences that no brand
/// writes tells where. The mean of cosines is the cosine with the mean vector, which is made once a process, and comes
/// from the embedding cache where it can.
actor CosineBackground {
    private let embeddings: any EmbeddingClient
    private let cache: any EmbeddingCache
    private var mean: [Float]?

    init(embeddings: any EmbeddingClient, cache: any EmbeddingCache) {
        self.embeddings = embeddings
        self.cache = cache
    }

    /// The mean cosine of the query with the sentences.
    ///
    /// - Throws: `ModelError`.
    func cosine(with query: [Float]) async throws -> Double {
        let mean = try await vector()
        return zip(mean, query).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }

    private func vector() async throws -> [Float] {
        if let mean { return mean }
        // Without the store the sentences are embedded again: a search from memory needs no store.
        var vectors = (try? await cache.vectors(for: Self.sentences, model: embeddings.modelID)) ?? [:]
        let missing = Self.sentences.filter { vectors[$0] == nil }
        if !missing.isEmpty {
            let fresh = Dictionary(uniqueKeysWithValues: zip(missing, try await embeddings.embed(missing, as: .passage).vectors))
            vectors.merge(fresh) { _, new in new }
            // It is only a cache.
            try? await cache.store(fresh, model: embeddings.modelID)
        }
        var sum = [Float](repeating: 0, count: vectors.values.first?.count ?? 0)
        for vector in vectors.values where vector.count == sum.count {
            for (column, value) in vector.enumerated() { sum[column] += value / Float(vectors.count) }
        }
        mean = sum
        return sum
    }

    private static let sentences = [
        "The committee adjourned its meeting until Thursday.", "Rainfall in the valley was heavier than in the year before.",
        "He forgot where he had parked the car.", "The function returns nil when the file cannot be opened.",
        "Our flight to Lisbon was delayed by three hours.", "The patient was given a second dose in the morning.",
        "Interest rates rose by a quarter of a point.", "The goalkeeper saved two penalties in extra time.",
    ]
}
