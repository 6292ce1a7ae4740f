package import Knowledge

/// Brands are searched in memory, exactly; those above a size by the database, where it can.
///
/// The database only finds candidates. They are ranked by the very search that memory uses, in a segment of their own,
/// so that modes, scores, filters and diversity mean the same; the words' weights are those among the candidates.
package struct TieredIndex: PassageIndex {
    private let memory: SegmentIndex
    private let candidates: any CandidateSource
    private let sizes: BrandSizes
    private let threshold: Int
    private let capacity: Int

    /// - Parameters:
    ///   - threshold: chunks of a brand above which the database searches it, where it can.
    ///   - capacity: chunks of a brand that memory can hold: above them it is not loaded in any case.
    package init(
        memory: SegmentIndex, candidates: any CandidateSource, ledger: any ChunkLedger, threshold: Int, capacity: Int = .max
    ) {
        self.memory = memory
        self.capacity = capacity
        self.candidates = candidates
        self.threshold = min(threshold, capacity)
        sizes = BrandSizes(ledger: ledger)
    }

    package func search(_ queries: [PassageQuery], brand: BrandKey) async throws -> [[Passage]] {
        guard try await isLarge(brand) else { return try await searchMemory(queries, brand) }
        var answers: [[Passage]] = []
        for query in queries {
            guard let found = try await candidates.candidates(for: query, brand: brand) else {
                // The database still builds its index.
                return try await searchMemory(queries, brand)
            }
            answers.append(try await Self.rank(found, query, try await memory.language(of: brand)).get())
        }
        return answers
    }

    /// - Throws: `SearchError` for a brand that would not fit.
    private func searchMemory(_ queries: [PassageQuery], _ brand: BrandKey) async throws -> [[Passage]] {
        if capacity < .max, await memory.count(of: brand) == nil {
            let count = try await sizes.count(of: brand)
            guard count <= capacity else {
                throw await candidates.isMissing() ? SearchError.brandTooLarge(passages: count, limit: capacity) : .databaseNotReady
            }
        }
        return try await memory.search(queries, brand: brand)
    }

    /// A brand that is in memory and fits is not asked about: the database may be away.
    private func isLarge(_ brand: BrandKey) async throws -> Bool {
        if let count = await memory.count(of: brand), count <= threshold { return false }
        guard await candidates.unavailability() == nil else { return false }
        return try await sizes.count(of: brand) > threshold
    }

    @concurrent private static func rank(
        _ candidates: [(document: Document, chunk: Chunk)], _ query: PassageQuery, _ language: Language
    ) async -> Result<[Passage], SearchError> {
        do throws(SegmentError) {
            var segment = Segment(language: language)
            for (document, chunk) in candidates { try segment.append(chunk, of: document) }
            return .success(try segment.search(query))
        } catch {
            return .failure(.noRoom(error.description))
        }
    }

    package func holds(_ brand: BrandKey) async -> Bool { await memory.holds(brand) }
    package func replace(
        _ document: Document, chunks: [Chunk], when activate: @concurrent @Sendable () async throws -> Bool
    ) async throws { try await memory.replace(document, chunks: chunks, when: activate) }
    package func remove(document id: String, brand: BrandKey) async { await memory.remove(document: id, brand: brand) }
    package func remove(brand: BrandKey) async { await memory.remove(brand: brand) }
}

/// How many chunks brands have, asked again now and then.
private actor BrandSizes {
    private static let lifetime = Duration.seconds(30)
    private let ledger: any ChunkLedger
    private var counts: [BrandKey: (count: Int, at: ContinuousClock.Instant)] = [:]

    init(ledger: any ChunkLedger) { self.ledger = ledger }

    func count(of brand: BrandKey) async throws -> Int {
        if let known = counts[brand], known.at.duration(to: .now) < Self.lifetime { return known.count }
        let count = try await ledger.checksums(of: [brand])[brand]?.count ?? 0
        counts[brand] = (count, .now)
        return count
    }
}
