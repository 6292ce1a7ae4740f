import JSON
package import Knowledge

/// Writes chunks' contexts with the language model and the prompt `context`.
package struct ChunkContextStage: ChunkContextWriter {
    private let generation: GenerationContext
    private let model: String

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
        of text: String, around: String, headingPath: [String], in document: Document, brandName: String
    ) async throws -> (context: String, usage: Usage) {
        let context = generation.began()
        let variables: [String: Any] = [
            "brandName": brandName, "document": Evidence.attribute(document.title),
            "section": Evidence.attribute(headingPath.joined(separator: " > ")), "fence": Evidence.freshFence(), "text": text,
            "around": around,
        ]
        let answer = try await context.ask("context", context.prompts[.context], variables, schema: OutputSchemas.context)
        return (answer.value["context"]?.stringValue ?? "", answer.usage)
    }
}
