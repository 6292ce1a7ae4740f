/// Says where a chunk stands in its document, in a sentence or two that are embedded and searched with it.
package protocol ChunkContextWriter: Sendable {
    /// Changes with whatever the contexts depend on beside the document: prompt and model.
    var id: String { get }
    /// - Parameter around: what stands before and behind the chunk in the document.
    /// - Throws: `ModelError`.
    func context(
        of text: String, around: String, headingPath: [String], in document: Document, brandName: String
    ) async throws -> (context: String, usage: Usage)
}
