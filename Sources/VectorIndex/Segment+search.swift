import CVector
package import Knowledge

extension Segment {
    /// The best passages for each query, exactly: those that float32 scores of all rows would give; ties go to the smaller
    /// chunk id. Queries share scans of the vectors.
    package func search(_ queries: [PassageQuery]) throws(SegmentError) -> [[Passage]] {
        guard let vectors else { return queries.map { _ in [] } }
        var answers = [[Passage]](repeating: [], count: queries.count)
        let scanned = queries.indices.filter { queries[$0].mode != .text && queries[$0].vector.count == vectors.columns }
        for start in stride(from: 0, to: scanned.count, by: QueryBatch.limit) {
            let group = scanned[start..<min(start + QueryBatch.limit, scanned.count)]
            let batch = QueryBatch(group.map { queries[$0].vector }, for: vectors)
            let scores = vectors.scan(batch)
            for (place, index) in group.enumerated() {
                let own = scores[place * count..<(place + 1) * count]
                let search = SegmentSearch(
                    segment: self, vectors: vectors, query: queries[index],
                    cosines: .init(values: own, norm: batch.norm(of: place), slack: batch.slack(of: place)))
                answers[index] = try search.passages()
            }
        }
        for index in queries.indices where queries[index].mode != .vector && !scanned.contains(index) {
            // The passages' vectors may be those of another model than the query's: words can be compared all the same.
            var query = queries[index]
            query.mode = .text
            answers[index] = try SegmentSearch(segment: self, vectors: vectors, query: query, cosines: nil).passages()
        }
        return answers
    }

    package func search(_ query: PassageQuery) throws(SegmentError) -> [Passage] { try search([query])[0] }
}

/// One query's way through a segment.
struct SegmentSearch {
    /// Approximate cosines of all rows, and how far they may be off.
    struct Cosines {
        var values: ArraySlice<Float>
        var norm: Float
        var slack: Float
    }

    /// A row and what it scores.
    struct Hit {
        var row: Int
        var score: Double
        var cosine: Double?
        /// As it was read, where it is needed again.
        var vector: [Float] = []
    }

    let segment: Segment
    let vectors: QuantizedRows
    let query: PassageQuery
    let cosines: Cosines?
    private let texts: (scores: [Float], ceiling: Float)?
    private let accepted: [UInt8]?
    /// The vectors' part of the score.
    private let weight: Double
    /// What a cosine and a BM25 score count; the score is their sum less the background's.
    private let scale: (cosine: Double, text: Double)

    /// Ranks that reciprocal rank fusion looks at, and passages among which diversity chooses.
    private static let poolSize = 100
    private static let rankOffset = 60.0

    init(segment: Segment, vectors: QuantizedRows, query: PassageQuery, cosines: Cosines?) {
        self.segment = segment
        self.vectors = vectors
        self.query = query
        self.cosines = cosines
        let isTextual = query.mode != .vector
        let texts = isTextual ? segment.texts.scores(query.text, segment.languages, rowCount: segment.count) : nil
        let hasWords = (texts?.ceiling ?? 0) > 0
        self.texts = texts
        weight = query.mode == .vector || query.mode == .hybrid && !hasWords ? 1 : query.mode == .text ? 0 : query.vectorWeight
        let room = max(1e-3, 1 - query.background)
        scale = (cosines == nil ? 0 : weight / room, hasWords ? (1 - weight) / Double(texts?.ceiling ?? 1) : 0)
        accepted = query.filter.conditions.isEmpty ? nil : Self.accepted(segment, query.filter)
    }

    private static func accepted(_ segment: Segment, _ filter: PassageFilter) -> [UInt8] {
        let documents = segment.entries.map { filter.accepts($0.subject) ? UInt8(1) : 0 }
        return segment.rows.map { documents[Int($0.document)] }
    }

    func passages() throws(SegmentError) -> [Passage] {
        let limit = query.diversity > 0 ? max(Self.poolSize, query.limit) : query.limit
        var ranks: Ranks?
        var hits: [Hit]
        if query.mode == .hybrid, query.fusion == .reciprocalRank, cosines != nil {
            (hits, ranks) = try fusedByRank(limit)
        } else {
            hits = try best(limit, scale)
        }
        hits.removeAll { max(0, $0.score) < query.minScore }
        if query.diversity > 0 { hits = try diversified(hits) }
        var passages: [Passage] = []
        for hit in hits { passages.append(try passage(hit, ranks)) }
        return passages
    }

    // MARK: Ranking

    /// The best rows by a sum of cosine and BM25, exactly.
    private func best(_ limit: Int, _ scale: (cosine: Double, text: Double)) throws(SegmentError) -> [Hit] {
        guard scale.cosine > 0 || scale.text > 0 else { return [] }
        let rows = candidates(limit, scale)
        var hits: [Hit] = []
        hits.reserveCapacity(rows.count)
        var vector = [Float](repeating: 0, count: vectors.columns)
        for row in rows {
            // By words alone only texts that have one of them count.
            if scale.cosine == 0, texts?.scores[row] == 0 { continue }
            hits.append(try hit(row, scale, &vector))
        }
        return Array(hits.sorted(by: precedes).prefix(limit))
    }

    private func candidates(_ limit: Int, _ scale: (cosine: Double, text: Double)) -> [Int] {
        if let cosines, scale.text == 0 {
            // By cosine alone; what it is multiplied with changes no order.
            return cosines.values.withUnsafeBufferPointer {
                vectors.candidates($0.baseAddress!, norm: cosines.norm, slack: cosines.slack, limit: limit, accepted: accepted)
            }
        }
        let factor = Float(scale.cosine)
        // The sums that are made here are rounded too.
        let (norm, slack) = (factor * (cosines?.norm ?? 0), factor * (cosines?.slack ?? 0) + 1e-6 * (1 + factor))
        return vectors.candidates(combined(scale), norm: norm, slack: slack, limit: limit, accepted: accepted)
    }

    private func combined(_ scale: (cosine: Double, text: Double)) -> [Float] {
        let (first, second) = (Float(scale.cosine), Float(scale.text))
        return [Float](unsafeUninitializedCapacity: segment.count) { target, initialized in
            initialized = segment.count
            guard let cosines else {
                for row in 0..<segment.count { target[row] = second * (texts?.scores[row] ?? 0) }
                return
            }
            cosines.values.withUnsafeBufferPointer { values in
                if let texts, second > 0 {
                    texts.scores.withUnsafeBufferPointer { words in
                        for row in 0..<segment.count { target[row] = first * values[row] + second * words[row] }
                    }
                } else {
                    for row in 0..<segment.count { target[row] = first * values[row] }
                }
            }
        }
    }

    private func hit(_ row: Int, _ scale: (cosine: Double, text: Double), _ vector: inout [Float]) throws(SegmentError) -> Hit {
        var hit = Hit(row: row, score: scale.text * Double(texts?.scores[row] ?? 0))
        guard cosines != nil else { return hit }
        try segment.read(&vector, of: segment.rows[row])
        let cosine = Double(cvector_dot(vector, query.vector, vectors.columns))
        hit.cosine = cosine
        hit.score += scale.cosine * (cosine - query.background)
        if query.diversity > 0 { hit.vector = vector }
        return hit
    }

    private func precedes(_ first: Hit, _ second: Hit) -> Bool {
        if first.score != second.score { return first.score > second.score }
        return segment.chunkID(of: first.row) < segment.chunkID(of: second.row)
    }

    /// A row's place in each of the two rankings.
    private struct Ranks {
        var vector: [Int: Int] = [:]
        var text: [Int: Int] = [:]

        func value(_ row: Int) -> Double {
            [vector[row], text[row]].compactMap { $0 }.reduce(0) { $0 + 1 / (SegmentSearch.rankOffset + Double($1)) }
        }
    }

    private func fusedByRank(_ limit: Int) throws(SegmentError) -> ([Hit], Ranks) {
        var ranks = Ranks()
        let size = max(Self.poolSize, limit)
        for (place, hit) in try best(size, (1, 0)).enumerated() { ranks.vector[hit.row] = place + 1 }
        for (place, hit) in try best(size, (0, 1)).enumerated() { ranks.text[hit.row] = place + 1 }
        var vector = [Float](repeating: 0, count: vectors.columns)
        var hits: [Hit] = []
        for row in Set(ranks.vector.keys).union(ranks.text.keys) { hits.append(try hit(row, scale, &vector)) }
        let sorted = hits.map { (hit: $0, value: ranks.value($0.row)) }
            .sorted { $0.value != $1.value ? $0.value > $1.value : precedes($0.hit, $1.hit) }
        return (sorted.prefix(limit).map(\.hit), ranks)
    }

    /// Maximal marginal relevance (J. Carbonell and J. Goldstein, 1998): each next passage is the one whose score, less
    /// its cosine with what is already chosen, is highest; `diversity` weighs the two.
    private func diversified(_ ranked: [Hit]) throws(SegmentError) -> [Hit] {
        var left: [(hit: Hit, vector: [Float], nearest: Double)] = []
        for hit in ranked {
            let vector = hit.vector.isEmpty ? try segment.vector(of: segment.rows[hit.row]) : hit.vector
            left.append((hit, vector, 0))
        }
        var chosen: [Hit] = []
        while chosen.count < query.limit, !left.isEmpty {
            func value(_ index: Int) -> Double {
                (1 - query.diversity) * left[index].hit.score - query.diversity * left[index].nearest
            }
            // The first of equals is the one that ranks higher.
            var next = 0
            for index in left.indices where value(index) > value(next) { next = index }
            let taken = left.remove(at: next)
            chosen.append(taken.hit)
            for index in left.indices {
                let cosine = Double(cvector_dot(taken.vector, left[index].vector, vectors.columns))
                left[index].nearest = max(left[index].nearest, scaled(cosine))
            }
        }
        return chosen
    }

    /// A cosine on the scale of scores.
    private func scaled(_ cosine: Double) -> Double { max(0, min(1, (cosine - query.background) / max(1e-3, 1 - query.background))) }

    // MARK: Answers

    private func passage(_ hit: Hit, _ ranks: Ranks?) throws(SegmentError) -> Passage {
        let row = segment.rows[hit.row]
        let (entry, record) = (segment.entries[Int(row.document)], try segment.record(of: row))
        let text = texts.map { $0.ceiling > 0 ? Double($0.scores[hit.row] / $0.ceiling) : 0 }
        var passage = Passage(
            chunkID: segment.chunkID(of: hit.row), documentID: entry.subject.documentID, documentTitle: entry.title,
            headingPath: record.headingPath, text: record.text, span: record.span, metadata: entry.subject.metadata,
            score: max(0, min(1, hit.score)), vectorScore: hit.cosine, textScore: text)
        if query.explains { passage.explanation = explanation(hit, ranks) }
        return passage
    }

    private func explanation(_ hit: Hit, _ ranks: Ranks?) -> ScoreExplanation {
        var explanation = ScoreExplanation()
        if let cosine = hit.cosine {
            explanation.background = query.background
            explanation.vector = scaled(cosine)
        }
        if let texts {
            explanation.bm25 = Double(texts.scores[hit.row])
            explanation.ceiling = Double(texts.ceiling)
            let slot = Int(segment.rows[hit.row].slot)
            explanation.words = segment.texts.parts(query.text, segment.languages, slot: slot)
                .map { .init(word: $0.word, count: $0.count, score: Double($0.score)) }
        }
        explanation.vectorWeight = query.mode == .hybrid ? weight : nil
        explanation.vectorRank = ranks?.vector[hit.row]
        explanation.textRank = ranks?.text[hit.row]
        return explanation
    }
}

extension Segment {
    /// How many rows a vector search scores in full, for measurements.
    package func candidateCount(_ query: PassageQuery) throws(SegmentError) -> Int {
        guard let vectors else { return 0 }
        let batch = QueryBatch([query.vector], for: vectors)
        return vectors.candidates(
            vectors.scan(batch), norm: batch.norm(of: 0), slack: batch.slack(of: 0), limit: query.limit, accepted: nil
        ).count
    }
}
