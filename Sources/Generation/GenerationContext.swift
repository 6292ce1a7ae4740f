package import Connectors
import JSON
package import Knowledge
import Operations
package import Retrieval

/// What every stage works with.
package struct GenerationContext: Sendable {
    private let promptSource: PromptSource
    /// The prompts of this run: a change of the files meanwhile does not touch it.
    private(set) var prompts: PromptLibrary
    package var model: any LanguageModel
    /// Nil where posts have the briefs of pictures only.
    package var images: (any ImageModel)?
    package var media: any MediaStore
    package var retrieval: RetrievalService
    package var documents: any DocumentStore
    package var connectors: ConnectorRegistry
    package var clock: any WallClock
    private let watch: StageWatch
    /// The running operation's checkpoints; nil outside of one.
    var steps: StepLedger?
    /// Told of each piece of a draft while the model writes it, and with nil that the draft begins anew.
    var onDraft: (@Sendable (String?) -> Void)?

    package init(
        prompts: PromptSource, model: any LanguageModel, images: (any ImageModel)?, retrieval: RetrievalService,
        documents: any DocumentStore, media: any MediaStore, connectors: ConnectorRegistry, clock: any WallClock, watch: StageWatch
    ) {
        promptSource = prompts
        self.prompts = prompts.current
        self.model = model
        self.images = images
        self.retrieval = retrieval
        self.documents = documents
        self.media = media
        self.connectors = connectors
        self.clock = clock
        self.watch = watch
    }

    /// For a run that begins now: with the prompts as they are now, and the checkpoints of its operation.
    func began(_ steps: StepLedger? = nil) -> GenerationContext {
        var context = self
        context.prompts = promptSource.current
        context.steps = steps
        return context
    }

    /// One question to the model, in a template's words and with its parameters.
    func ask(
        _ step: String, _ template: PromptTemplate, _ variables: [String: Any], schema: JSONSchema
    ) async throws -> ModelAnswer {
        try await answer(step, request(template, messages: messages(template, variables), schema: schema))
    }

    /// The model's answer, or the one that the operation already has.
    func answer(_ step: String, _ request: ModelRequest) async throws -> ModelAnswer {
        let model = model
        let outcome = try await self.step(step, inputHash: request.hash) {
            let answer = try await model.answer(request)
            return .init(result: answer.json, usage: answer.usage)
        }
        return ModelAnswer(outcome.result, usage: outcome.usage)
    }

    /// What `work` comes to, or came to when the operation did it before.
    func step(
        _ name: String, inputHash: String, _ work: @escaping @Sendable () async throws -> StepLedger.Outcome
    ) async throws -> StepLedger.Outcome {
        guard let steps else { return try await watch.step(name, work) }
        let watch = watch
        return try await steps.run(name, inputHash: inputHash) { try await watch.step(name, work) }
    }

    /// The same for work that asks no language model; `isKept` tells whether an outcome must stay the same after a crash.
    func derivation(
        _ name: String, inputHash: String, keeping isKept: @escaping @Sendable (StepLedger.Outcome) -> Bool = { _ in true },
        _ work: @escaping @Sendable () async throws -> StepLedger.Outcome
    ) async throws -> StepLedger.Outcome {
        guard let steps else { return try await watch.step(name, work) }
        let watch = watch
        return try await steps.derive(name, inputHash: inputHash, keeping: isKept) { try await watch.step(name, work) }
    }

    /// The passages for several questions, one list a question, or those that the operation already found.
    ///
    /// Evidence is a checkpoint too: a resumed run shows the model the same passages between the same fences, so that
    /// what was already answered stays the answer.
    func evidence(
        _ step: String, for questions: [RetrievalService.Question], brand: BrandKey,
        select: @escaping @Sendable ([[Passage]]) -> [Passage]
    ) async throws -> (evidence: Evidence, usage: Usage) {
        let (retrieval, surroundings) = (retrieval, surroundings)
        let hash = Digest.hexadecimal(questions.map { "\($0.text)\n\($0.limit)" }.joined(separator: "\n"))
        let outcome = try await derivation(step, inputHash: hash) {
            let (found, usage) = try await retrieval.passages(for: questions, brand: brand)
            return .init(result: Evidence(try await surroundings.sources(select(found), brand: brand)).json, usage: usage)
        }
        guard let evidence = Evidence(outcome.result) else { throw StoreError.corrupt("step \(step)") }
        return (evidence, outcome.usage)
    }

    var surroundings: Surroundings { Surroundings(documents: documents) }

    func messages(_ template: PromptTemplate, _ variables: [String: Any]) throws -> [ModelMessage] {
        [ModelMessage(.system, template.parameters.system), ModelMessage(.user, try template.render(variables))]
    }

    func request(_ template: PromptTemplate, messages: [ModelMessage], schema: JSONSchema) -> ModelRequest {
        ModelRequest(
            messages: messages, schemaName: template.parameters.schema ?? template.name, schema: schema,
            model: template.parameters.model, fallbackModels: template.parameters.fallbackModels,
            temperature: template.parameters.temperature, maxOutputTokens: template.parameters.maxOutputTokens)
    }
}

/// Why a plan or a post cannot be made, beyond what a port reports.
package enum GenerationError: Error, Sendable, Hashable {
    /// The brand's documents do not carry what was asked for.
    case insufficientEvidence(String)
    case unknownBrand
    /// The picture is not there, or belongs to another brand.
    case unknownMedia(String)
    /// The post was edited or written anew by somebody else.
    case changedMeanwhile
    /// No model was asked for the post, so there is nothing to replay.
    case neverAsked
    /// The named slots' posts failed.
    case postsFailed([String])
}
