import Foundation

/// How good rankings are, as means over questions; relevance is binary.
package struct RankingMeasures: Sendable, Hashable {
    /// The figures by name, in the order in which they are shown.
    package static let names = ["hit@5", "recall@5", "recall@10", "nDCG@10", "MRR"]

    private var sums = [Double](repeating: 0, count: Self.names.count)
    package private(set) var questions = 0

    package init() {}

    /// - Parameters:
    ///   - ranked: what was found, best first, each once.
    ///   - relevant: what answers the question; not empty.
    package mutating func add(ranked: [String], relevant: Set<String>) {
        let found = ranked.prefix(10).map { relevant.contains($0) }
        func recall(_ count: Int) -> Double { Double(found.prefix(count).count { $0 }) / Double(relevant.count) }
        // K. Järvelin and J. Kekäläinen, "Cumulated gain-based evaluation of IR techniques", 2002, with log2(rank + 1).
        func gain(_ rank: Int) -> Double { 1 / log2(Double(rank) + 2) }
        let gained = found.indices.filter { found[$0] }.map(gain).reduce(0, +)
        let ideal = (0..<min(10, relevant.count)).map(gain).reduce(0, +)
        let first = ranked.firstIndex { relevant.contains($0) }
        let figures: [Double] = [
            found.prefix(5).contains(true) ? 1 : 0, recall(5), recall(10), gained / ideal, first.map { 1 / Double($0 + 1) } ?? 0,
        ]
        for (place, figure) in figures.enumerated() { sums[place] += figure }
        questions += 1
    }

    package var values: [(name: String, value: Double)] {
        zip(Self.names, sums).map { ($0, questions == 0 ? 0 : $1 / Double(questions)) }
    }

    package subscript(name: String) -> Double? { values.first { $0.name.lowercased() == name.lowercased() }?.value }
}
