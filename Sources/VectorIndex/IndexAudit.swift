package import Knowledge

/// Compares what is in memory with what the store says, and corrects what differs.
///
/// Change streams keep segments current; the audit proves it, and mends what a stream cannot: changes that were missed
/// while the process was suspended, or that the database no longer has.
package actor IndexAudit {
    /// What audits have come to.
    package struct Report: Sendable, Hashable {
        /// Audits that were finished, and of those that found a difference that stayed.
        package var audits = 0
        package var auditsWithDifferences = 0
        /// Documents that were put right.
        package var corrections = 0
        /// Brands that the last audit compared, and of those that still differ after it.
        package var brands = 0
        package var differingBrands = 0
    }

    /// A document that is not in memory what it is in the store.
    private struct Difference: Hashable {
        var brand: BrandKey
        var document: String
        var seen: ActiveChunks?
        var stored: ActiveChunks?
    }

    package private(set) var report = Report()
    private let index: SegmentIndex
    private let ledger: any ChunkLedger
    /// What a correction did not change: a chunk whose vector has another size, say. It counts as a difference.
    private var hopeless: Set<Difference> = []

    package init(index: SegmentIndex, ledger: any ChunkLedger) {
        self.index = index
        self.ledger = ledger
    }

    /// Compares every brand in memory.
    ///
    /// - Parameter settling: how long a difference must stay to be one: a change may be on its way here.
    /// - Returns: how many documents were corrected.
    /// - Throws: `StoreError`, `CancellationError`.
    package func run(settling: Duration) async throws -> Int {
        let seen = await index.checksums
        let stored = try await ledger.checksums(of: Array(seen.keys))
        let suspects = seen.filter { $0.value != stored[$0.key] ?? ChunkChecksum() }.keys.sorted { $0.brand < $1.brand }
        var differences: Set<Difference> = []
        for brand in suspects { differences.formUnion(try await self.differences(brand)) }
        if !differences.isEmpty, settling > .zero {
            try await Task.sleep(for: settling)
            var later: Set<Difference> = []
            for brand in Set(differences.map(\.brand)) { later.formUnion(try await self.differences(brand)) }
            differences.formIntersection(later)
        }
        var corrections = 0
        for difference in differences.subtracting(hopeless) {
            try await correct(difference)
            corrections += 1
        }
        var remaining: Set<Difference> = []
        for brand in Set(differences.map(\.brand)) { remaining.formUnion(try await self.differences(brand)) }
        hopeless = remaining.filter { remains in
            differences.contains { ($0.brand, $0.document, $0.stored) == (remains.brand, remains.document, remains.stored) }
        }
        report.audits += 1
        report.auditsWithDifferences += differences.isEmpty ? 0 : 1
        report.corrections += corrections
        report.brands = seen.count
        report.differingBrands = Set(remaining.map(\.brand)).count
        return corrections
    }

    private func differences(_ brand: BrandKey) async throws -> Set<Difference> {
        let stored = try await ledger.activeChunks(brand: brand)
        // A brand that left memory meanwhile has nothing to compare.
        guard let seen = await index.activeChunks(brand: brand) else { return [] }
        return Set(
            Set(stored.keys).union(seen.keys).compactMap { id in
                Self.areEqual(seen[id], stored[id]) ? nil : Difference(brand: brand, document: id, seen: seen[id], stored: stored[id])
            })
    }

    private static func areEqual(_ seen: ActiveChunks?, _ stored: ActiveChunks?) -> Bool {
        guard let stored, stored.checksum == nil else { return seen == stored }
        return seen?.version == stored.version
    }

    private func correct(_ difference: Difference) async throws {
        let current = try await ledger.activeChunks(of: difference.document, brand: difference.brand)
        await index.correct(difference.document, brand: difference.brand, seen: difference.seen, current: current)
    }
}
