package import Connectors
import JSON
package import Knowledge
package import Retrieval

/// What every stage works with.
package struct GenerationContext: Sendable {
    package var prompts: PromptLibrary
    package var model: any LanguageModel
    package var retrieval: RetrievalService
    package var connectors: ConnectorRegistry
    package var clock: any WallClock

    package init(
        prompts: PromptLibrary, model: any LanguageModel, retrieval: RetrievalService, connectors: ConnectorRegistry,
        clock: any WallClock
    ) {
        self.prompts = prompts
        self.model = model
        self.retrieval = retrieval
        self.connectors = connectors
        self.clock = clock
    }

    /// One question to the model, in a template's words and with its parameters.
    func ask(_ template: PromptTemplate, _ variables: [String: Any], schema: JSONSchema) async throws -> ModelAnswer {
        try await model.answer(request(template, messages: messages(template, variables), schema: schema))
    }

    func messages(_ template: PromptTemplate, _ variables: [String: Any]) throws -> [ModelMessage] {
        [ModelMessage(.system, template.system), ModelMessage(.user, try template.render(variables))]
    }

    func request(_ template: PromptTemplate, messages: [ModelMessage], schema: JSONSchema) -> ModelRequest {
        ModelRequest(
            messages: messages, schemaName: template.schema, schema: schema, model: template.model,
            temperature: template.temperature, maxOutputTokens: template.maxOutputTokens)
    }
}

/// Why a plan or a post cannot be made, beyond what a port reports.
package enum GenerationError: Error, Sendable, Hashable {
    /// The brand's documents do not carry what was asked for.
    case insufficientEvidence(String)
    case unknownBrand
    /// The named slots' posts failed.
    case postsFailed([String])
}
