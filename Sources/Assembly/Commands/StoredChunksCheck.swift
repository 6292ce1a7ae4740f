import Knowledge
import MongoStore

/// Reads every stored chunk again and holds it against the checksum of when it was written.
struct StoredChunksCheck: Sendable {
    let stores: MongoStores

    struct Result: Sendable {
        var brands = 0
        var chunks = 0
        /// Documents whose chunks are not what was written, as `<brand>/<document>`.
        var damaged: [String] = []
        /// Documents of before checksums were kept.
        var unknown = 0
    }

    /// - Throws: `StoreError`.
    func run() async throws -> Result {
        let display = ProgressDisplay(title: "Reading chunks")
        defer { display.end() }
        var result = Result()
        let brands = try await stores.allBrands()
        for brand in brands {
            var found: [String: ChunkChecksum] = [:]
            try await stores.loadChunks(brand: brand) { document, chunk in found[document.id, default: .init()].add(chunk) }
            for (id, active) in try await stores.activeChunks(brand: brand) {
                guard let written = active.checksum else {
                    result.unknown += 1
                    continue
                }
                if found[id] != written, try await isDamaged(id, brand) { result.damaged.append("\(brand.brand)/\(id)") }
            }
            result.brands += 1
            result.chunks += found.values.reduce(0) { $0 + $1.count }
            display.show(done: result.brands, total: brands.count, note: brand.brand)
        }
        result.damaged.sort()
        return result
    }

    /// Looked at alone, and only while nobody writes it: a document may have been replaced while the others were read.
    private func isDamaged(_ id: String, _ brand: BrandKey) async throws -> Bool {
        for _ in 0..<3 {
            let before = try await stores.activeChunks(brand: brand)[id]
            let chunks = try await stores.activeChunks(of: id, brand: brand)?.chunks ?? []
            guard let before, try await stores.activeChunks(brand: brand)[id] == before else { continue }
            return before.checksum != nil && before.checksum != ChunkChecksum(chunks)
        }
        return false
    }
}
