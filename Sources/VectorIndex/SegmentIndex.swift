// VectorIndex: exact search over one in-memory segment a brand. It reads chunks through a port and knows neither the
// database nor the embedding model.

import Foundation
package import Knowledge

/// The segments of this process, each loaded on first use and told of the process's own writes at once.
///
/// When they are larger together than the budget, those that were not searched for the longest time go.
package actor SegmentIndex: PassageIndex {
    private enum Change {
        case replace(Document, [Chunk])
        case remove(document: String)
    }

    /// A load under way, and what was written meanwhile.
    private struct Load {
        /// Another one for the same brand may have taken its place when it ends.
        var id: Int
        var task: Task<Segment, any Error>
        var changes: [Change] = []
    }

    private struct DocumentKey: Hashable {
        var brand: BrandKey
        var id: String
    }

    /// What is in memory.
    package struct Size: Sendable, Hashable {
        package var brands = 0
        package var rows = 0
        package var bytes = 0
    }

    private let source: any ChunkSource
    private let budget: Int
    private let queue: ScanQueue
    private var segments: [BrandKey: Segment] = [:]
    private var loads: [BrandKey: Load] = [:]
    /// The brands in memory, the one that was searched last at the end.
    private var order: [BrandKey] = []
    private var lastLoad = 0
    /// The versions that this process is about to activate.
    private var expected: [DocumentKey: [Int]] = [:]

    /// - Parameter budget: bytes of memory for all segments; one segment is kept even when it is larger.
    package init(source: any ChunkSource, budget: Int = 1 << 30) {
        self.source = source
        self.budget = budget
        queue = ScanQueue(limit: ProcessInfo.processInfo.activeProcessorCount)
    }

    package func search(_ queries: [PassageQuery], brand: BrandKey) async throws -> [[Passage]] {
        try await scan(queries, brand, loaded: try await segment(of: brand))
    }

    /// Off the actor, so that searches run side by side.
    private nonisolated func scan(_ queries: [PassageQuery], _ brand: BrandKey, loaded: Segment) async throws -> [[Passage]] {
        do throws(SegmentError) {
            return try await queue.search(queries, brand: brand) { queries in
                // As it is when the scan begins: what was written while the search waited is found.
                await Self.scan(await self.present(brand) ?? loaded, queries)
            }
        } catch {
            await drop(brand)
            throw SearchError.noRoom(error.description)
        }
    }

    @concurrent private static func scan(_ segment: Segment, _ queries: [PassageQuery]) async -> Result<[[Passage]], SegmentError> {
        Result { () throws(SegmentError) in try segment.search(queries) }
    }

    /// The brand's segment, unless it gave way to others meanwhile.
    private func present(_ brand: BrandKey) -> Segment? {
        if let place = order.firstIndex(of: brand) { order.append(order.remove(at: place)) }
        return segments[brand]
    }

    package func holds(_ brand: BrandKey) -> Bool { (segments[brand]?.count ?? 0) > 0 }

    /// Chunks of the brand in memory; nil when it is not there.
    func count(of brand: BrandKey) -> Int? { segments[brand]?.count }

    package var size: Size {
        segments.values.reduce(into: Size()) { size, segment in
            size.brands += 1
            size.rows += segment.count
            size.bytes += segment.byteCount
        }
    }

    // MARK: Changes

    package func replace(
        _ document: Document, chunks: [Chunk], when activate: @concurrent @Sendable () async throws -> Bool
    ) async throws {
        let key = DocumentKey(brand: document.brand, id: document.id)
        expected[key, default: []].append(document.version)
        defer {
            expected[key]?.removeAll { $0 == document.version }
            if expected[key]?.isEmpty == true { expected[key] = nil }
        }
        guard try await activate() else { return }
        // A later version of another process may have come first.
        if (segments[document.brand]?.version(of: document.id) ?? 0) <= document.version { replace(document, chunks: chunks) }
    }

    package func replace(_ document: Document, chunks: [Chunk]) {
        change(document.brand, .replace(document, chunks))
    }

    package func remove(document id: String, brand: BrandKey) {
        change(brand, .remove(document: id))
    }

    package func remove(brand: BrandKey) {
        drop(brand)
        loads.removeValue(forKey: brand)?.task.cancel()
    }

    private func drop(_ brand: BrandKey) {
        segments[brand] = nil
        order.removeAll { $0 == brand }
    }

    /// Whether what another process wrote is to be taken over: the brand is here, and has no such version or later one yet.
    package func isNews(_ document: Document) -> Bool {
        let key = DocumentKey(brand: document.brand, id: document.id)
        if expected[key]?.contains(document.activeVersion) == true { return false }
        guard let segment = segments[document.brand] else { return loads[document.brand] != nil }
        return (segment.version(of: document.id) ?? 0) < document.activeVersion
    }

    package func refresh(_ document: Document, chunks: [Chunk]) {
        if isNews(document) { replace(document, chunks: chunks) }
    }

    // MARK: Comparison with the store

    /// What is in memory, by brand.
    package var checksums: [BrandKey: ChunkChecksum] { segments.mapValues(\.checksum) }

    /// What is in memory of the brand, by document; nil when the brand is not.
    package func activeChunks(brand: BrandKey) -> [String: ActiveChunks]? { segments[brand]?.activeChunks }

    /// Puts what the store has in the place of what was seen here, unless it has changed since.
    ///
    /// - Parameter current: nil when the store has nothing of the document.
    package func correct(
        _ id: String, brand: BrandKey, seen: ActiveChunks?, current: (document: Document, chunks: [Chunk])?
    ) {
        guard let segment = segments[brand], segment.activeChunks(of: id) == seen else { return }
        change(brand, current.map { .replace($0.document, $0.chunks) } ?? .remove(document: id))
    }

    private func change(_ brand: BrandKey, _ change: Change) {
        if loads[brand] != nil {
            loads[brand]?.changes.append(change)
        } else if segments[brand] != nil {
            // A segment that cannot take the change is loaded again when it is needed.
            do { try Self.apply(change, to: &segments[brand]!) } catch { drop(brand) }
            if segments[brand]?.isWorthLoadingAnew == true { drop(brand) }
            evict()
        }
    }

    private static func apply(_ change: Change, to segment: inout Segment) throws(SegmentError) {
        switch change {
        case .replace(let document, let chunks):
            try segment.remove(document: document.id)
            for chunk in chunks { try segment.append(chunk, of: document) }
        case .remove(let id):
            try segment.remove(document: id)
        }
    }

    private func evict() {
        var total = size.bytes
        while total > budget, order.count > 1 {
            let oldest = order.removeFirst()
            total -= segments.removeValue(forKey: oldest)?.byteCount ?? 0
        }
    }

    // MARK: Loading

    /// Of the brand's documents that do not say theirs.
    nonisolated func language(of brand: BrandKey) async throws -> Language {
        Language(tag: try await source.language(of: brand))
    }

    /// The brand's segment; callers that come while it loads wait for the same load.
    private func segment(of brand: BrandKey) async throws -> Segment {
        if let segment = segments[brand] { return segment }
        let task = loads[brand]?.task ?? startLoad(brand)
        return try await task.value
    }

    private func startLoad(_ brand: BrandKey) -> Task<Segment, any Error> {
        // Unstructured on purpose: a load serves every caller, so one caller's cancellation must not end it.
        lastLoad += 1
        let id = lastLoad
        let task = Task { [source] in
            do {
                return try finishLoad(id, brand, try await Self.load(brand, from: source))
            } catch {
                if loads[brand]?.id == id { loads[brand] = nil }
                throw (error as? SegmentError).map { SearchError.noRoom($0.description) } ?? error
            }
        }
        loads[brand] = Load(id: id, task: task)
        return task
    }

    @concurrent private static func load(_ brand: BrandKey, from source: any ChunkSource) async throws -> Segment {
        var segment = Segment(language: Language(tag: try await source.language(of: brand)))
        var failure: SegmentError?
        try await source.loadChunks(brand: brand) { document, chunk in
            guard failure == nil else { return }
            do throws(SegmentError) { try segment.append(chunk, of: document) } catch { failure = error }
        }
        if let failure { throw failure }
        return segment
    }

    private func finishLoad(_ id: Int, _ brand: BrandKey, _ loaded: Segment) throws(SegmentError) -> Segment {
        guard let load = loads[brand], load.id == id else { return loaded }
        loads[brand] = nil
        var segment = loaded
        for change in load.changes { try Self.apply(change, to: &segment) }
        segments[brand] = segment
        order.append(brand)
        evict()
        return segment
    }
}
