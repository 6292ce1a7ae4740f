package import JSON
package import Knowledge
package import Operations

/// The operation that makes a plan.
package struct PlanGeneration: OperationHandler {
    private let pipeline: PlanPipeline
    private let plans: any PlanStore
    private let steps: any StepStore

    package init(pipeline: PlanPipeline, plans: any PlanStore, steps: any StepStore) {
        self.pipeline = pipeline
        self.plans = plans
        self.steps = steps
    }

    private static func stages(of plan: Plan) -> [String] { (plan.brief.mediaIDs.isEmpty ? [] : ["media"]) + ["pillars", "distribution"] }

    package func run(_ operation: Operation, _ reporter: OperationReporter) async throws -> Operation.State {
        async let known = StepLedger(fence: reporter.fence, store: steps)
        let found = try await Persistence.run { try await plans.plan(operation.result.id, workspace: operation.brand.workspace) }
        guard let plan = found else { throw Operation.Failure(code: "notFound", detail: "the plan was deleted") }
        let ledger = try await known
        await reporter.note { operation in
            operation.error = nil
            operation.progress = .init(done: 0, total: Self.stages(of: plan).count + plan.brief.posts)
            if operation.items.isEmpty { operation.items = Self.stages(of: plan).map { .init(id: $0, kind: .stage, state: .queued) } }
        }
        let failed = try await pipeline.run(plan, reporter, ledger) { event in
            let usage = await ledger.usage
            let change: @Sendable (inout Operation) -> Void = { operation in
                Self.apply(event, to: &operation)
                operation.usage = usage
            }
            // The work need not wait until its progress is told; a claim that is lost shows at the next record.
            if case .postFailed = event { try await reporter.update(change) } else { await reporter.note(change) }
        }
        return failed.isEmpty ? .succeeded : .partial
    }

    private static func apply(_ event: PlanPipeline.Event, to operation: inout Operation) {
        switch event {
        case .stageBegan(let stage):
            operation.stage = stage
            set(stage, .running, in: &operation)
        case .stageEnded(let stage):
            set(stage, .succeeded, in: &operation)
        case .slotsReady(let slots):
            operation.stage = "posts"
            for stage in operation.items where stage.kind == .stage { set(stage.id, .succeeded, in: &operation) }
            for slot in slots where !operation.items.contains(where: { $0.id == slot.id }) {
                operation.items.append(.init(id: slot.id, kind: .post, state: .queued))
            }
            for index in operation.items.indices where operation.items[index].kind == .post {
                let item = operation.items[index]
                if item.state != .succeeded { operation.items[index] = .init(id: item.id, kind: .post, state: .running) }
            }
        case .postFinished(let slot, let post):
            set(slot, .succeeded, resultID: post.id, in: &operation)
        case .postFailed(let slot, let error):
            set(slot, .failed, error: GenerationFailure.describe(error), in: &operation)
        }
        operation.progress.done = operation.items.filter { $0.state == .succeeded }.count
    }

    private static func set(
        _ id: String, _ state: Operation.State, resultID: String? = nil, error: Operation.Failure? = nil,
        in operation: inout Operation
    ) {
        guard let index = operation.items.firstIndex(where: { $0.id == id }) else { return }
        operation.items[index].state = state
        operation.items[index].resultID = resultID
        operation.items[index].error = error
    }

    package func ended(_ operation: Operation, _ fence: Fence) async throws {
        guard let plan = try await plans.plan(operation.result.id, workspace: operation.brand.workspace) else { return }
        try await pipeline.end(plan, as: operation.state == .cancelled ? .cancelled : .failed, fence)
    }

    package func failure(for error: any Error) -> Operation.Failure { GenerationFailure.describe(error) }
}

/// The operations that write a single post, for the first time or anew.
package struct PostGeneration: OperationHandler {
    private let pipeline: SinglePostPipeline
    private let steps: any StepStore

    package init(pipeline: SinglePostPipeline, steps: any StepStore) {
        self.pipeline = pipeline
        self.steps = steps
    }

    package func run(_ operation: Operation, _ reporter: OperationReporter) async throws -> Operation.State {
        let id = operation.result.id
        await reporter.note { operation in
            operation.stage = "posts"
            operation.error = nil
            operation.progress = .init(done: 0, total: 1)
            operation.items = [.init(id: id, kind: .post, state: .running)]
        }
        let ledger = try await StepLedger(fence: reporter.fence, store: steps)
        if operation.kind == .regeneratePost {
            guard let wish = PostRewriting(operation.input) else { throw Self.unreadable }
            try await pipeline.rewrite(
                id, revision: wish.revision, instruction: wish.instruction, brand: operation.brand, reporter, ledger)
        } else {
            guard let brief = SinglePostPipeline.Brief(operation.input) else { throw Self.unreadable }
            try await pipeline.run(brief, id: id, brand: operation.brand, reporter, ledger)
        }
        let usage = await ledger.usage
        try await reporter.update { operation in
            operation.usage = usage
            operation.progress.done = 1
            operation.items = [.init(id: id, kind: .post, state: .succeeded, resultID: id)]
        }
        return .succeeded
    }

    private static let unreadable = Operation.Failure(code: "internal", detail: "the operation's input cannot be read")

    package func ended(_ operation: Operation, _ fence: Fence) async throws {}

    package func failure(for error: any Error) -> Operation.Failure { GenerationFailure.describe(error) }
}

/// What shall be different of which revision of a post.
package struct PostRewriting: Sendable, Hashable {
    package var revision: Int
    package var instruction: String

    package init(revision: Int, instruction: String) {
        self.revision = revision
        self.instruction = instruction
    }

    /// As an operation's input.
    package var json: JSON { ["revision": JSON(revision), "instruction": .string(instruction)] }

    init?(_ json: JSON) {
        guard let revision = json["revision"]?.integerValue, let instruction = json["instruction"]?.stringValue else { return nil }
        self.init(revision: revision, instruction: instruction)
    }
}

/// Errors of the pipelines in words for clients.
enum GenerationFailure {
    static func describe(_ error: any Error) -> Operation.Failure {
        switch error {
        case let failure as Operation.Failure: failure
        case let error as ModelError: .init(code: "model." + error.kind.rawValue, detail: error.description, retryAfter: error.retryAfter)
        case let error as BudgetExceeded: .init(code: "budgetExceeded", detail: error.description)
        case is StoreError: .init(code: "unavailable", detail: "the database is not available")
        case let error as SearchError: .init(code: "unavailable", detail: error.description, retryAfter: error.retryAfter)
        case GenerationError.insufficientEvidence(let detail): .init(code: "insufficientEvidence", detail: detail)
        case GenerationError.changedMeanwhile:
            .init(code: "conflict", detail: "the post was changed while it was written anew; nothing was overwritten")
        case GenerationError.unknownMedia(let id): .init(code: "notFound", detail: "the picture \(id) is not there any more")
        case GenerationError.unknownBrand: .init(code: "notFound", detail: "the brand was deleted")
        case is CancellationError: .init(code: "cancelled", detail: "the work was cancelled")
        default: .init(code: "internal", detail: "the content could not be made")
        }
    }
}
