import Foundation

/// An inverted index over a segment's rows, scored by BM25 (S. Robertson and H. Zaragoza, "The Probabilistic Relevance
/// Framework: BM25 and Beyond", 2009, section 3).
///
/// Every text has a slot for life; a removed one is dead until half of the slots are, and the index is built anew.
struct TextIndex: Sendable {
    static let saturation: Float = 1.2
    static let lengthWeight: Float = 0.75

    private struct Posting: Sendable {
        var slot: Int32
        var count: Int32
    }

    private struct Slot: Sendable {
        /// The row, or -1 when it is dead.
        var row: Int32
        var length: Int32
        /// Distinct terms with their counts, to take the text out again and to build anew.
        var terms: [(term: Int32, count: Int32)]
    }

    private var termIDs: [String: Int32] = [:]
    private var postings: [[Posting]] = []
    /// Live texts that have the term.
    private var frequencies: [Int32] = []
    private var slots: [Slot] = []
    private var liveCount = 0
    private var liveLength = 0

    /// Adds the text of a row and returns its slot.
    mutating func append(_ text: String, row: Int) -> Int {
        var counts: [Int32: Int32] = [:]
        var length: Int32 = 0
        for token in Tokenizer.tokens(of: text) {
            counts[termID(token), default: 0] += 1
            length += 1
        }
        let slot = Slot(row: Int32(row), length: length, terms: counts.map { ($0.key, $0.value) })
        add(slot)
        return slots.count - 1
    }

    private mutating func termID(_ token: String) -> Int32 {
        if let known = termIDs[token] { return known }
        let id = Int32(postings.count)
        termIDs[token] = id
        postings.append([])
        frequencies.append(0)
        return id
    }

    private mutating func add(_ slot: Slot) {
        for (term, count) in slot.terms {
            postings[Int(term)].append(Posting(slot: Int32(slots.count), count: count))
            frequencies[Int(term)] += 1
        }
        slots.append(slot)
        liveCount += 1
        liveLength += Int(slot.length)
    }

    mutating func move(slot: Int, to row: Int) { slots[slot].row = Int32(row) }

    mutating func remove(slot: Int) {
        for (term, _) in slots[slot].terms { frequencies[Int(term)] -= 1 }
        liveCount -= 1
        liveLength -= Int(slots[slot].length)
        slots[slot].row = -1
        slots[slot].terms = []
    }

    var isMostlyDead: Bool { slots.count > 64 && liveCount * 2 < slots.count }

    /// Builds the index anew from its live texts; the answer is each row's new slot.
    mutating func compact() -> [Int: Int] {
        let live = slots.filter { $0.row >= 0 }
        (slots, liveCount, liveLength) = ([], 0, 0)
        postings = Array(repeating: [], count: postings.count)
        frequencies = Array(repeating: 0, count: frequencies.count)
        var places: [Int: Int] = [:]
        for slot in live {
            places[Int(slot.row)] = slots.count
            add(slot)
        }
        return places
    }

    /// The scores of all rows, 0 where no word of the query stands, and the best score that a text could have.
    func scores(_ query: String, rowCount: Int) -> (scores: [Float], ceiling: Float) {
        var scores = [Float](repeating: 0, count: rowCount)
        var ceiling: Float = 0
        let meanLength = max(1, Float(liveLength) / Float(max(1, liveCount)))
        for token in Set(Tokenizer.tokens(of: query)) {
            guard let term = termIDs[token], frequencies[Int(term)] > 0 else { continue }
            let frequency = Float(frequencies[Int(term)])
            let weight = log(1 + (Float(liveCount) - frequency + 0.5) / (frequency + 0.5))
            ceiling += weight * (Self.saturation + 1)
            for posting in postings[Int(term)] {
                let slot = slots[Int(posting.slot)]
                guard slot.row >= 0 else { continue }
                let count = Float(posting.count)
                let norm = Self.saturation * (1 - Self.lengthWeight + Self.lengthWeight * Float(slot.length) / meanLength)
                scores[Int(slot.row)] += weight * count * (Self.saturation + 1) / (count + norm)
            }
        }
        return (scores, ceiling)
    }
}
