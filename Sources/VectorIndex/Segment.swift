import CVector
package import Knowledge

/// A brand's vectors in memory: one row of float32 a chunk, side by side, and what a passage needs beside it.
///
/// A value: a search keeps the segment as it was when it began.
package struct Segment: Sendable {
    private struct Row: Sendable {
        var chunkID: String
        var headingPath: [String]
        var text: String
        var span: TextSpan
        var document: Int
        /// Its place in the text index.
        var slot: Int
    }

    private struct Entry: Sendable {
        var title: String
        var version: Int
        var subject: PassageFilter.Subject
    }

    /// 0 while the segment is empty.
    private var dimensions = 0
    private var vectors: [Float] = []
    private var rows: [Row] = []
    private var texts = TextIndex()
    private var entries: [Entry] = []
    private var entryIndex: [String: Int] = [:]

    package init() {}

    package var count: Int { rows.count }

    /// Adds a chunk; one of another version than the document's present one replaces all of its chunks, and one
    /// of an older version is ignored.
    package mutating func append(_ chunk: Chunk, of document: Document) {
        if let known = entryIndex[document.id] {
            guard chunk.version >= entries[known].version else { return }
            if chunk.version > entries[known].version { remove(document: document.id) }
        }
        guard !chunk.embedding.isEmpty, dimensions == 0 || chunk.embedding.count == dimensions else { return }
        dimensions = chunk.embedding.count
        let entry = entryIndex[document.id] ?? addEntry(document, version: chunk.version)
        vectors.append(contentsOf: chunk.embedding)
        let header = ([document.title] + chunk.headingPath).joined(separator: "\n")
        let slot = texts.append(header + "\n" + chunk.searchText, row: rows.count)
        rows.append(
            Row(
                chunkID: chunk.id, headingPath: chunk.headingPath, text: chunk.text, span: chunk.span, document: entry, slot: slot))
    }

    private mutating func addEntry(_ document: Document, version: Int) -> Int {
        entries.append(Entry(title: document.title, version: version, subject: PassageFilter.Subject(document)))
        entryIndex[document.id] = entries.count - 1
        return entries.count - 1
    }

    /// The version whose chunks are here, or nil.
    func version(of document: String) -> Int? { entryIndex[document].map { entries[$0].version } }

    package mutating func remove(document id: String) {
        guard let entry = entryIndex.removeValue(forKey: id) else { return }
        for index in rows.indices.reversed() where rows[index].document == entry { removeRow(index) }
        if rows.isEmpty { dimensions = 0 }
        if texts.isMostlyDead { for (row, slot) in texts.compact() { rows[row].slot = slot } }
    }

    /// Moves the last row into the gap: order means nothing here.
    private mutating func removeRow(_ index: Int) {
        let last = rows.count - 1
        texts.remove(slot: rows[index].slot)
        if index != last {
            texts.move(slot: rows[last].slot, to: index)
            rows[index] = rows[last]
            for offset in 0..<dimensions { vectors[index * dimensions + offset] = vectors[last * dimensions + offset] }
        }
        rows.removeLast()
        vectors.removeLast(dimensions)
    }

    /// How many passages each of the two rankings brings into a hybrid search, at least.
    private static let poolSize = 100

    /// The best passages, exactly; ties go to the smaller chunk id.
    package func search(_ query: PassageQuery) -> [Passage] {
        guard !rows.isEmpty else { return [] }
        let accepted = entries.map { query.filter.accepts($0.subject) }
        let candidates = rows.indices.filter { accepted[rows[$0].document] }
        let cosines = query.mode == .text || query.vector.count != dimensions ? nil : scores(query.vector)
        let texts = query.mode == .vector ? nil : texts.scores(query.text, rowCount: rows.count)
        let limit = query.diversity > 0 ? max(Self.poolSize, query.limit) : query.limit
        var ranked: [(row: Int, score: Double)]
        switch (cosines, texts) {
        case (let cosines?, nil): ranked = best(candidates, limit) { Double(cosines[$0]) }
        case (nil, let texts?):
            let found = candidates.filter { texts.scores[$0] > 0 }
            ranked = best(found, limit) { Double(texts.scores[$0] / texts.ceiling) }
        case (let cosines?, let texts?): ranked = fused(candidates, cosines, texts.scores, query, limit)
        case (nil, nil): ranked = []
        }
        ranked.removeAll { $0.score < query.minScore }
        if query.diversity > 0 { ranked = diversified(ranked, query) }
        return ranked.map { row, score in
            passage(
                row: rows[row], score: score, cosine: cosines.map { Double($0[row]) },
                text: texts.map { $0.ceiling > 0 ? Double($0.scores[row] / $0.ceiling) : 0 })
        }
    }

    /// Convex combination of the two scores, each scaled to 0…1 over the pool (S. Bruch et al., "An Analysis of Fusion
    /// Functions for Hybrid Retrieval", 2023). Without any word in common the vectors decide alone.
    private func fused(
        _ candidates: [Int], _ cosines: [Float], _ texts: [Float], _ query: PassageQuery, _ limit: Int
    ) -> [(row: Int, score: Double)] {
        let size = max(Self.poolSize, limit)
        var pool = Set(best(candidates, size) { Double(cosines[$0]) }.map(\.row))
        pool.formUnion(best(candidates.filter { texts[$0] > 0 }, size) { Double(texts[$0]) }.map(\.row))
        func scale(_ scores: [Float]) -> (Int) -> Double {
            let values = pool.map { scores[$0] }
            guard let low = values.min(), let high = values.max(), high > low else { return { _ in 0 } }
            return { Double((scores[$0] - low) / (high - low)) }
        }
        let (vector, text) = (scale(cosines), scale(texts))
        let hasWords = pool.contains { texts[$0] > 0 }
        let weight = hasWords ? query.vectorWeight : 1
        return best(Array(pool), limit) { weight * vector($0) + (1 - weight) * text($0) }
    }

    /// Maximal marginal relevance (J. Carbonell and J. Goldstein, 1998): each next passage is the one whose score, less
    /// its cosine with what is already chosen, is highest; `diversity` weighs the two.
    private func diversified(_ ranked: [(row: Int, score: Double)], _ query: PassageQuery) -> [(row: Int, score: Double)] {
        var left = ranked
        var nearest = [Double](repeating: 0, count: ranked.count)
        var chosen: [(row: Int, score: Double)] = []
        while chosen.count < query.limit, !left.isEmpty {
            func value(_ index: Int) -> Double { (1 - query.diversity) * left[index].score - query.diversity * nearest[index] }
            // The first of equals is the one that ranks higher.
            var next = 0
            for index in left.indices where value(index) > value(next) { next = index }
            let row = left[next].row
            chosen.append(left[next])
            left.remove(at: next)
            nearest.remove(at: next)
            for index in left.indices { nearest[index] = max(nearest[index], Double(cosine(row, left[index].row))) }
        }
        return chosen
    }

    private func cosine(_ first: Int, _ second: Int) -> Float {
        var sum: Float = 0
        for column in 0..<dimensions { sum += vectors[first * dimensions + column] * vectors[second * dimensions + column] }
        return sum
    }

    private func best(_ candidates: [Int], _ limit: Int, by score: (Int) -> Double) -> [(row: Int, score: Double)] {
        let scored = candidates.map { (row: $0, score: score($0)) }
        return Array(scored.sorted { ($0.score, rows[$1.row].chunkID) > ($1.score, rows[$0.row].chunkID) }.prefix(limit))
    }

    private func scores(_ query: [Float]) -> [Float] {
        [Float](unsafeUninitializedCapacity: rows.count) { scores, initialized in
            vectors.withUnsafeBufferPointer { vectors in
                query.withUnsafeBufferPointer { query in
                    cvector_dot_rows(vectors.baseAddress, rows.count, dimensions, query.baseAddress, scores.baseAddress)
                }
            }
            initialized = rows.count
        }
    }

    private func passage(row: Row, score: Double, cosine: Double?, text: Double?) -> Passage {
        let entry = entries[row.document]
        return Passage(
            chunkID: row.chunkID, documentID: entry.subject.documentID, documentTitle: entry.title, headingPath: row.headingPath,
            text: row.text, span: row.span, metadata: entry.subject.metadata, score: max(0, min(1, score)), vectorScore: cosine,
            textScore: text)
    }
}
