/// Finds the passages of a brand that answer a query, best first.
package protocol PassageSearch: Sendable {
    /// The passages for each query.
    ///
    /// - Throws: `StoreError` while a brand that is not in memory cannot be loaded, `SearchError`.
    func search(_ queries: [PassageQuery], brand: BrandKey) async throws -> [[Passage]]
    /// Whether passages of the brand are at hand without asking the store.
    func holds(_ brand: BrandKey) async -> Bool
}

/// Why a brand cannot be searched although the database is well.
package enum SearchError: Error, Sendable, Hashable, CustomStringConvertible {
    /// It has more passages than this process may hold, and the database does not search it.
    case brandTooLarge(passages: Int, limit: Int)
    /// It is too large for this process, and the database does not search it yet: it builds its index, or does not answer.
    case databaseNotReady
    /// Memory, or the disk for vectors and texts, is used up; with what the system says.
    case noRoom(String)

    package var description: String {
        switch self {
        case .brandTooLarge(let passages, let limit):
            "the brand has \(passages) passages, and this deployment searches at most \(limit) of one in memory"
        case .databaseNotReady: "the brand is searched by the database, which is not ready for that"
        case .noRoom(let reason): "there is no room for what is searched (\(reason))"
        }
    }

    /// In how many seconds to ask again; nil where that helps nobody.
    package var retryAfter: Double? {
        switch self {
        case .brandTooLarge: nil
        case .databaseNotReady, .noRoom: 10
        }
    }
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
