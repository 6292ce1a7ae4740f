/// Says where a chunk stands in its document, in a sentence or two that are embedded and searched with it.
package protocol ChunkContextWriter: Sendable {
    /// Changes with whatever the contexts depend on beside the document: prompt and model.
    var id: String { get }
    /// - Parameter span: the chunk's place in the document's content.
    /// - Throws: `ModelError`.
    func context(
        of text: String, span: TextSpan, headingPath: [String], in document: Document, brandName: String
    ) async throws -> (context: String, usage: Usage)
}
