import Knowledge

/// Lets a bounded number of scans run at once; searches of one brand that come meanwhile wait, and are answered by one scan.
///
/// A load that the processors can bear waits for nothing; under a higher one each scan serves more queries.
actor ScanQueue {
    /// One search, with what it asks and where its answer goes.
    private struct Waiting {
        var brand: BrandKey
        var queries: [PassageQuery]
        var turn: CheckedContinuation<Turn, Never>
    }

    /// What a waiting search gets.
    private enum Turn {
        /// It scans, for the others too.
        case lead([Waiting])
        case answer(Result<[[Passage]], SegmentError>)
    }

    private let limit: Int
    private var running = 0
    private var waiting: [Waiting] = []

    /// - Parameter limit: scans at once.
    init(limit: Int) { self.limit = limit }

    /// The passages for each query, by `scan`, which may be given the queries of others besides.
    func search(
        _ queries: [PassageQuery], brand: BrandKey, scan: @Sendable ([PassageQuery]) async -> Result<[[Passage]], SegmentError>
    ) async throws(SegmentError) -> [[Passage]] {
        var others: [Waiting] = []
        if running < limit {
            running += 1
        } else {
            let turn = await withCheckedContinuation { waiting.append(Waiting(brand: brand, queries: queries, turn: $0)) }
            switch turn {
            case .answer(let answer): return try answer.get()
            case .lead(let followers): others = followers
            }
        }
        let answer = await scan(queries + others.flatMap(\.queries))
        next()
        var rest = (try? answer.get())?[...] ?? []
        let own = Array(rest.prefix(queries.count))
        rest = rest.dropFirst(queries.count)
        for other in others {
            other.turn.resume(returning: .answer(answer.map { _ in Array(rest.prefix(other.queries.count)) }))
            rest = rest.dropFirst(other.queries.count)
        }
        return try answer.map { _ in own }.get()
    }

    /// The search that has waited longest leads the next scan; others of its brand join while the scan has room.
    private func next() {
        guard !waiting.isEmpty else {
            running -= 1
            return
        }
        let leader = waiting.removeFirst()
        var room = QueryBatch.limit - leader.queries.count
        var followers: [Waiting] = []
        waiting.removeAll { candidate in
            guard candidate.brand == leader.brand, candidate.queries.count <= room else { return false }
            room -= candidate.queries.count
            followers.append(candidate)
            return true
        }
        leader.turn.resume(returning: .lead(followers))
    }
}
