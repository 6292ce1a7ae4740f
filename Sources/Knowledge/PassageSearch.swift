/// Finds the passages of a brand that answer a query, best first.
package protocol PassageSearch: Sendable {
    /// The passages for each query.
    ///
    /// - Throws: `StoreError` while a brand that is not in memory cannot be loaded.
    func search(_ queries: [PassageQuery], brand: BrandKey) async throws -> [[Passage]]
    /// Whether passages of the brand are at hand without asking the store.
    func holds(_ brand: BrandKey) async -> Bool
}

/// A search that is told of this process's own writes, so that it sees them at once.
package protocol PassageIndex: PassageSearch {
    /// The document's chunks are these and no others from when `activate` has stored that; it answers false when a later
    /// version took their place.
    ///
    /// What is told of the change from elsewhere meanwhile is no news here.
    func replace(_ document: Document, chunks: [Chunk], when activate: @concurrent @Sendable () async throws -> Bool) async throws
    func remove(document id: String, brand: BrandKey) async
    func remove(brand: BrandKey) async
}
