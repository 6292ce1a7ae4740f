/// The database's own search, where it has one: it finds the chunks that may answer a query in brands that are too
/// large for memory.
package protocol CandidateSource: Sendable {
    /// Why the database cannot search, in a sentence; nil when it can.
    func unavailability() async -> String?
    /// Whether it has said that it cannot, and will not while it stays as it is.
    func isMissing() async -> Bool
    /// The chunks that are closest to the query by meaning and by words, under its filter, in no order.
    ///
    /// Nil while they cannot be searched that way yet: the database still builds its index.
    /// - Throws: `StoreError`.
    func candidates(for query: PassageQuery, brand: BrandKey) async throws -> [(document: Document, chunk: Chunk)]?
}
