import Foundation

/// An inverted index over a segment's rows, scored by BM25 (S. Robertson and H. Zaragoza, "The Probabilistic Relevance
/// Framework: BM25 and Beyond", 2009, section 3).
///
/// Every text has a slot for life; a removed one is dead until half of the slots are, and the index is built anew.
/// Terms are known by a hash of 64 bits; two of a million terms share one with a probability of 3 in 100 million.
struct TextIndex: Sendable {
    static let saturation: Float = 1.2
    static let lengthWeight: Float = 0.75

    /// A text as the index keeps it: distinct terms with their counts.
    typealias Terms = [(term: UInt32, count: UInt32)]

    private struct Term: Sendable {
        var postings = PostingArena.List()
        /// Live texts that have it.
        var frequency: Int32 = 0
    }

    private var termIDs: [UInt64: UInt32] = [:]
    private var terms: [Term] = []
    private var arena = PostingArena()
    /// Each slot's row, or -1 when it is dead, and the number of words in its text.
    private var rows: [Int32] = []
    private var lengths: [Int32] = []
    /// Terms that live texts have.
    private var usedTermCount = 0
    private var liveCount = 0
    private var liveLength = 0

    /// Bytes that are held, about.
    var byteCount: Int {
        // A dictionary keeps a quarter of its buckets free.
        arena.byteCount + terms.capacity * MemoryLayout<Term>.stride + termIDs.capacity * 16 + (rows.capacity + lengths.capacity) * 4
    }

    /// The text's terms, of which new ones get a number.
    mutating func terms(of text: String, language: Language) -> Terms {
        var counts: [UInt32: UInt32] = [:]
        Tokenizer.forEachToken(of: text, language) { token in counts[termID(token.hash64), default: 0] += 1 }
        return counts.map { ($0.key, $0.value) }
    }

    private mutating func termID(_ hash: UInt64) -> UInt32 {
        if let known = termIDs[hash] { return known }
        let id = UInt32(terms.count)
        termIDs[hash] = id
        terms.append(Term())
        return id
    }

    /// Adds the text of a row and returns its slot.
    mutating func append(_ text: Terms, row: Int) -> Int {
        let slot = rows.count
        var length = 0
        for (term, count) in text {
            arena.append(UInt32(slot), count: count, to: &terms[Int(term)].postings)
            terms[Int(term)].frequency += 1
            if terms[Int(term)].frequency == 1 { usedTermCount += 1 }
            length += Int(count)
        }
        rows.append(Int32(row))
        lengths.append(Int32(length))
        liveCount += 1
        liveLength += length
        return slot
    }

    mutating func move(slot: Int, to row: Int) { rows[slot] = Int32(row) }

    mutating func remove(slot: Int, _ text: Terms) {
        for (term, _) in text {
            terms[Int(term)].frequency -= 1
            if terms[Int(term)].frequency == 0 { usedTermCount -= 1 }
        }
        liveCount -= 1
        liveLength -= Int(lengths[slot])
        rows[slot] = -1
    }

    /// Whether most of the terms that have a number are those of texts that are gone: numbers are given for the index's life.
    var hasMostlyUnusedTerms: Bool { terms.count - usedTermCount > max(usedTermCount, Self.fewTerms) }
    private static let fewTerms = 50_000

    var isMostlyDead: Bool { rows.count > 64 && liveCount * 2 < rows.count }

    /// Forgets all texts but keeps the numbers of their terms, so that they can be appended again.
    mutating func removeAll() {
        arena = PostingArena()
        for term in terms.indices { terms[term] = Term() }
        (rows, lengths, liveCount, liveLength, usedTermCount) = ([], [], 0, 0, 0)
    }

    // MARK: Scoring

    /// A word of a query that some text has.
    private struct QueryTerm {
        var word: String
        var id: Int
        var weight: Float
    }

    /// The query's terms, each once; a word that languages stem apart counts as each of its stems.
    private func queryTerms(_ query: String, _ languages: Set<Language>) -> [QueryTerm] {
        var seen: Set<UInt64> = []
        var found: [QueryTerm] = []
        for language in languages.sorted() {
            Tokenizer.forEachToken(of: query, language) { token in
                guard seen.insert(token.hash64).inserted, let id = termIDs[token.hash64], terms[Int(id)].frequency > 0 else { return }
                let frequency = Float(terms[Int(id)].frequency)
                let weight = log(1 + (Float(liveCount) - frequency + 0.5) / (frequency + 0.5))
                found.append(QueryTerm(word: String(decoding: token, as: UTF8.self), id: Int(id), weight: weight))
            }
        }
        return found
    }

    private var meanLength: Float { max(1, Float(liveLength) / Float(max(1, liveCount))) }

    /// What a word adds to a text's score, by how often it stands there and how long the text is.
    private struct Scorer {
        let ceiling: Float
        private let base: Float
        private let perWord: Float

        init(weight: Float, meanLength: Float) {
            ceiling = weight * (TextIndex.saturation + 1)
            base = TextIndex.saturation * (1 - TextIndex.lengthWeight)
            perWord = TextIndex.saturation * TextIndex.lengthWeight / meanLength
        }

        func score(count: Int, length: Int32) -> Float {
            let count = Float(count)
            return ceiling * count / (count + base + perWord * Float(length))
        }
    }

    /// The scores of all rows, 0 where no word of the query stands, and the best score that a text could have.
    func scores(_ query: String, _ languages: Set<Language>, rowCount: Int) -> (scores: [Float], ceiling: Float) {
        var scores = [Float](repeating: 0, count: rowCount)
        var ceiling: Float = 0
        let meanLength = meanLength
        for term in queryTerms(query, languages) {
            let scorer = Scorer(weight: term.weight, meanLength: meanLength)
            ceiling += scorer.ceiling
            scores.withUnsafeMutableBufferPointer { scores in
                rows.withUnsafeBufferPointer { rows in
                    lengths.withUnsafeBufferPointer { lengths in
                        arena.forEach(in: terms[term.id].postings) { slot, count in
                            let row = Int(rows[slot])
                            if row >= 0 { scores[row] += scorer.score(count: count, length: lengths[slot]) }
                        }
                    }
                }
            }
        }
        return (scores, ceiling)
    }

    /// What each of the query's words adds to the score of the text in a slot.
    func parts(_ query: String, _ languages: Set<Language>, slot: Int) -> [(word: String, count: Int, score: Float)] {
        let meanLength = meanLength
        return queryTerms(query, languages).compactMap { term in
            var count = 0
            arena.forEach(in: terms[term.id].postings) { if $0 == slot { count = $1 } }
            guard count > 0 else { return nil }
            let scorer = Scorer(weight: term.weight, meanLength: meanLength)
            return (term.word, count, scorer.score(count: count, length: lengths[slot]))
        }
    }
}

extension [UInt8] {
    /// FNV-1a, finished as MurmurHash3 finishes, so that short words differ in all bits.
    fileprivate var hash64: UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in self { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        hash = (hash ^ (hash >> 33)) &* 0xFF51_AFD7_ED55_8CCD
        hash = (hash ^ (hash >> 33)) &* 0xC4CE_B9FE_1A85_EC53
        return hash ^ (hash >> 33)
    }
}
