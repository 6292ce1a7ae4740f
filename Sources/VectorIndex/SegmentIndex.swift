// VectorIndex: exact vector search over one in-memory segment a brand. It reads chunks through a port and
// knows neither the database nor the embedding model.

package import Knowledge

/// The segments of this process, each loaded on first use and told of the process's own writes at once.
package actor SegmentIndex: PassageIndex {
    private enum Change {
        case replace(Document, [Chunk])
        case remove(document: String)
    }

    /// A load under way, and what was written meanwhile.
    private struct Load {
        var task: Task<Segment, any Error>
        var changes: [Change] = []
    }

    private let source: any ChunkSource
    private var segments: [BrandKey: Segment] = [:]
    private var loads: [BrandKey: Load] = [:]

    package init(source: any ChunkSource) { self.source = source }

    package func search(_ query: PassageQuery, brand: BrandKey) async throws -> [Passage] {
        await Self.scan(try await segment(of: brand), query)
    }

    package func holds(_ brand: BrandKey) -> Bool { (segments[brand]?.count ?? 0) > 0 }

    /// Off the actor, so that searches run side by side.
    @concurrent private static func scan(_ segment: Segment, _ query: PassageQuery) async -> [Passage] {
        segment.search(query)
    }

    package func replace(_ document: Document, chunks: [Chunk]) {
        change(document.brand, .replace(document, chunks))
    }

    package func remove(document id: String, brand: BrandKey) {
        change(brand, .remove(document: id))
    }

    package func remove(brand: BrandKey) {
        segments[brand] = nil
        loads.removeValue(forKey: brand)?.task.cancel()
    }

    /// Takes over what another process wrote; a version that the segment has already changes nothing.
    package func refresh(_ document: Document, chunks: [Chunk]) {
        if segments[document.brand]?.version(of: document.id) == document.version { return }
        replace(document, chunks: chunks)
    }

    /// Forgets every segment: changes were missed, and each is loaded again when it is needed.
    package func removeAll() {
        segments = [:]
        for load in loads.values { load.task.cancel() }
        loads = [:]
    }

    private func change(_ brand: BrandKey, _ change: Change) {
        if loads[brand] != nil {
            loads[brand]?.changes.append(change)
        } else if segments[brand] != nil {
            Self.apply(change, to: &segments[brand]!)
        }
    }

    private static func apply(_ change: Change, to segment: inout Segment) {
        switch change {
        case .replace(let document, let chunks):
            segment.remove(document: document.id)
            for chunk in chunks { segment.append(chunk, of: document) }
        case .remove(let id):
            segment.remove(document: id)
        }
    }

    /// The brand's segment; callers that come while it loads wait for the same load.
    private func segment(of brand: BrandKey) async throws -> Segment {
        if let segment = segments[brand] { return segment }
        let task = loads[brand]?.task ?? startLoad(brand)
        let loaded = try await task.value
        return segments[brand] ?? loaded
    }

    private func startLoad(_ brand: BrandKey) -> Task<Segment, any Error> {
        // Unstructured on purpose: a load serves every caller, so one caller's cancellation must not end it.
        let task = Task { [source] in
            do {
                var segment = Segment()
                try await source.loadChunks(brand: brand) { document, chunk in segment.append(chunk, of: document) }
                return finishLoad(brand, segment)
            } catch {
                loads[brand] = nil
                throw error
            }
        }
        loads[brand] = Load(task: task)
        return task
    }

    private func finishLoad(_ brand: BrandKey, _ loaded: Segment) -> Segment {
        guard let load = loads.removeValue(forKey: brand) else { return loaded }
        var segment = loaded
        for change in load.changes { Self.apply(change, to: &segment) }
        segments[brand] = segment
        return segment
    }
}
