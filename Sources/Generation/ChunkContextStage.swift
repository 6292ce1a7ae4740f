import JSON
package import Knowledge

/// Writes chunks' contexts with the language model and the prompt `context`.
package struct ChunkContextStage: ChunkContextWriter {
    private let generation: GenerationContext
    private let model: String

    /// Scalars of the document that the model sees on each side of the chunk.
    private static let reach = 3_000

    /// - Parameter model: the one that is asked where the prompt names none.
    package init(_ generation: GenerationContext, model: String) {
        self.generation = generation
        self.model = model
    }

    package var id: String {
        let template = generation.began().prompts[.context]
        let parts = template.hashes.sorted { $0.key < $1.key }.map(\.value) + [template.parameters.model ?? model]
        return String(Digest.hexadecimal(parts.joined(separator: "\n")).prefix(12))
    }

    package func context(
        of text: String, span: TextSpan, headingPath: [String], in document: Document, brandName: String
    ) async throws -> (context: String, usage: Usage) {
        let context = generation.began()
        let scalars = document.content.unicodeScalars
        func slice(_ start: Int, _ end: Int) -> String {
            let first = scalars.index(scalars.startIndex, offsetBy: start, limitedBy: scalars.endIndex) ?? scalars.endIndex
            let last = scalars.index(first, offsetBy: end - start, limitedBy: scalars.endIndex) ?? scalars.endIndex
            return String(scalars[first..<last])
        }
        let before = slice(max(0, span.start - Self.reach), span.start)
        let variables: [String: Any] = [
            "brandName": brandName, "document": document.title, "section": headingPath.joined(separator: " > "),
            "fence": Evidence.freshFence(), "text": text, "around": before + " […] " + slice(span.end, span.end + Self.reach),
        ]
        let answer = try await context.ask("context", context.prompts[.context], variables, schema: OutputSchemas.context)
        return (answer.value["context"]?.stringValue ?? "", answer.usage)
    }
}
