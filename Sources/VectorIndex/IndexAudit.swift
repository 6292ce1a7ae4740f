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
        /// When the last audit ended; nil before the first.
        package var finishedAt: ContinuousClock.Instant?
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
    /// Checksums of brands whose documents were compared and left as they are: until one of the two changes there is
    /// nothing new to find.
    private var compared: [BrandKey: (seen: ChunkChecksum, stored: ChunkChecksum)] = [:]

    /// Of brands that were loaded anew, what the store had then: to do it again would change nothing.
    private var reloaded: [BrandKey: ChunkChecksum] = [:]

    /// With more differences than these a brand is loaded anew, which is quicker.
    private static let correctionLimit = 100

    package init(index: SegmentIndex, ledger: any ChunkLedger) {
        self.index = index
        self.ledger = ledger
    }

    /// Compares every brand in memory. A document that cannot be read stays a difference; the others are corrected.
    ///
    /// - Parameter settling: how long a difference must stay to be one: a change may be on its way here.
    /// - Returns: how many documents were corrected.
    /// - Throws: `StoreError`, `CancellationError`.
    package func run(settling: Duration) async throws -> Int {
        let seen = await index.checksums
        let stored = try await ledger.checksums(of: Array(seen.keys))
        let unequal = seen.filter { $0.value != stored[$0.key] ?? ChunkChecksum() }
        let suspects = unequal.filter { brand, checksum in
            !(compared[brand].map { $0 == (checksum, stored[brand] ?? ChunkChecksum()) } ?? false)
        }.keys
        var differences = try await self.differences(Set(suspects))
        if !differences.isEmpty, settling > .zero {
            try await Task.sleep(for: settling)
            differences.formIntersection(try await self.differences(Set(differences.map(\.brand))))
        }
        let corrections = try await correct(differences, stored)
        // What came meanwhile may be on its way: only what was there before counts.
        let remaining = try await self.differences(Set(differences.map(\.brand))).filter { remains in
            differences.contains { ($0.brand, $0.document, $0.stored) == (remains.brand, remains.document, remains.stored) }
        }
        // What a correction left exactly as it was; what changed meanwhile is looked at again by the next audit.
        hopeless = hopeless.filter { unequal[$0.brand] != nil && !suspects.contains($0.brand) }
            .union(remaining.intersection(differences))
        let unsettled = Set(remaining.subtracting(hopeless).map(\.brand))
        let after = await index.checksums
        compared = compared.filter { seen[$0.key] != nil }
        reloaded = reloaded.filter { $0.value == stored[$0.key] || seen[$0.key] == nil }
        for brand in suspects where !unsettled.contains(brand) {
            if let checksum = after[brand] { compared[brand] = (checksum, stored[brand] ?? ChunkChecksum()) }
        }
        report.audits += 1
        report.auditsWithDifferences += differences.isEmpty ? 0 : 1
        report.corrections += corrections
        report.brands = seen.count
        report.differingBrands = Set(hopeless.union(remaining).map(\.brand)).count
        report.finishedAt = .now
        return corrections
    }

    private func differences(_ brands: Set<BrandKey>) async throws -> Set<Difference> {
        var found: Set<Difference> = []
        for brand in brands { found.formUnion(try await differences(brand)) }
        return found
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

    private func correct(_ differences: Set<Difference>, _ stored: [BrandKey: ChunkChecksum]) async throws -> Int {
        var corrections = 0
        for (brand, own) in Dictionary(grouping: differences, by: \.brand) {
            guard own.count <= Self.correctionLimit else {
                let present = stored[brand] ?? ChunkChecksum()
                if reloaded[brand] != present {
                    reloaded[brand] = present
                    await index.remove(brand: brand)
                    corrections += own.count
                }
                continue
            }
            for difference in own {
                do {
                    try await correct(difference)
                    corrections += 1
                } catch StoreError.corrupt {
                    // A record that this version cannot read: the others are put right all the same.
                    continue
                }
            }
        }
        return corrections
    }

    private func correct(_ difference: Difference) async throws {
        let (id, brand) = (difference.document, difference.brand)
        let current = try await ledger.activeChunks(of: id, brand: brand)
        await index.correct(id, brand: brand, seen: difference.seen, current: current)
        // It may have been deleted between the two: a deletion that is told from now on comes behind this.
        if difference.seen == nil, current != nil, try await ledger.activeChunks(of: id, brand: brand) == nil {
            await index.remove(document: id, brand: brand)
        }
    }
}
