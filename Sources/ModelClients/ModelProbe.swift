import JSON
package import Knowledge

/// Asks each model for its smallest answer, to see that settings and keys are right.
package struct ModelProbe: Sendable {
    private let embeddings: any EmbeddingClient
    private let model: any LanguageModel

    package init(embeddings: any EmbeddingClient, model: any LanguageModel) {
        self.embeddings = embeddings
        self.model = model
    }

    /// The number of dimensions of the vectors.
    package func embeddingDimensions() async throws -> Int {
        try await embeddings.embed(["probe"], as: .query).vectors[0].count
    }

    /// The name of the model that answered.
    package func languageModel() async throws -> String {
        let schema = JSONSchema([
            "type": "object", "properties": ["ok": ["type": "boolean"]], "required": ["ok"], "additionalProperties": false,
        ])
        let request = ModelRequest(
            messages: [ModelMessage(.user, "Answer that all is well.")], schemaName: "probe", schema: schema, maxOutputTokens: 50)
        return try await model.answer(request).model
    }
}
