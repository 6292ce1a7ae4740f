/// Turns texts into vectors.
package protocol EmbeddingClient: Sendable {
    /// The name that vectors and cache entries are kept under; it changes when the vectors would.
    var modelID: String { get }

    /// One vector of unit length for each text, in order, of the same number of dimensions.
    ///
    /// - Throws: `ModelError`, `CancellationError`.
    func embed(_ texts: [String], as role: EmbeddingRole) async throws -> EmbeddingAnswer
}

/// Whether a text asks or answers; asymmetric models embed the two differently.
package enum EmbeddingRole: String, Sendable { case query, passage }

package struct EmbeddingAnswer: Sendable {
    package var vectors: [[Float]]
    package var usage: Usage

    package init(vectors: [[Float]], usage: Usage) {
        self.vectors = vectors
        self.usage = usage
    }
}
