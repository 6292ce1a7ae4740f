import Accounting
import Connectors
import Generation
import Ingestion
package import JSON
package import Knowledge
import Operations

// Work that both faces of the API accept, each with the idempotency record of its key.

extension APIDependencies {
    // MARK: Documents

    static func checkDocumentID(_ id: String) throws(Problem) {
        guard Slug.isValidID(id) else {
            throw Problem.invalid(.root.appending("documentId"), "a document's id has 1 to 128 letters, digits, hyphens and underscores")
        }
    }

    func accept(_ upload: DocumentUpload, _ brand: Brand, _ key: IdempotencyKey?) async throws -> Acceptance {
        @Sendable func acceptance(_ stored: AcceptedDocument) -> Acceptance {
            Acceptance(stored.json, operation: stored.operation)
        }
        try await checkBudget(brand.key.workspace)
        let stored = try await ingestion.accept([upload], brand: brand.key) { key?.record(of: acceptance($0[0])) }
        return acceptance(stored[0])
    }

    // MARK: Plans

    /// - Throws: `Problem`, `StoreError`, `BudgetExceeded`.
    package func acceptPlan(_ value: JSON, _ brand: Brand) async throws -> Operation {
        try await storePlan(value, brand, nil).operation
    }

    func acceptPlan(_ value: JSON, _ brand: Brand, _ key: IdempotencyKey?) async throws -> Acceptance {
        try await storePlan(value, brand, key).acceptance
    }

    private func storePlan(
        _ value: JSON, _ brand: Brand, _ key: IdempotencyKey?
    ) async throws -> (acceptance: Acceptance, operation: Operation) {
        let brief = try await planBrief(value, brand)
        var operation = Operation(
            id: clock.makeID(), brand: brand.key, kind: .generatePlan, result: .init(type: .plan, id: clock.makeID()),
            createdAt: clock.now)
        let plan = Plan(id: operation.result.id, brand: brand.key, brief: brief, operationID: operation.id, createdAt: clock.now)
        let acceptance = Acceptance(["plan": plan.json(posts: []), "operation": operation.json], operation: operation)
        let limit = try await budget.guardian(workspace: brand.key.workspace)
        if limit != nil { operation.reservation = cost(of: brief).spending }
        try await noting(brand.key.workspace) { [operation] in
            try await plans.accept(plan, operation, record: key?.record(of: acceptance), within: limit)
        }
        return (acceptance, operation)
    }

    /// Counts it when the work does not fit into the workspace's budget.
    private func noting<Answer>(_ workspace: String, _ body: () async throws -> Answer) async throws -> Answer {
        do {
            return try await body()
        } catch let error as BudgetExceeded {
            budget.noteRefusal(workspace: workspace)
            throw error
        }
    }

    /// - Throws: `Problem` with everything that is wrong, `StoreError`.
    func planBrief(_ value: JSON, _ brand: Brand) async throws -> Plan.Brief {
        let brief = try PlanRequest.brief(value, brand: brand, connectors: connectors, clock: clock)
        try await checkPictures(of: brief, brand)
        return brief
    }

    /// - Throws: `Problem` naming every picture that the brand does not have.
    private func checkPictures(of brief: Plan.Brief, _ brand: Brand) async throws {
        let faults = Faults()
        for (index, id) in brief.mediaIDs.enumerated() {
            let media = try await media.description(id, workspace: brand.key.workspace)
            if media?.brand != brand.key {
                faults.add(JSONPointer.root.appending("mediaIds").appending(index), "is not a picture of this brand")
            }
        }
        try faults.check()
    }

    // MARK: Posts

    func acceptPost(_ value: JSON, _ brand: Brand, _ key: IdempotencyKey?) async throws -> Acceptance {
        try await checkBudget(brand.key.workspace)
        let operation = Operation(
            id: clock.makeID(), brand: brand.key, kind: .generatePost, result: .init(type: .post, id: clock.makeID()),
            input: try brief(value, brand: brand).json, createdAt: clock.now)
        return try await accept(operation, key)
    }

    func acceptRewriting(_ value: JSON, of post: Post, _ key: IdempotencyKey?) async throws -> Acceptance {
        let faults = Faults()
        let fields = Fields(value, known: ["instruction"], faults: faults)
        let instruction = fields.text("instruction", isRequired: true, limit: 4_000) ?? ""
        try faults.check()
        try await checkBudget(post.brand.workspace)
        let operation = Operation(
            id: clock.makeID(), brand: post.brand, kind: .regeneratePost, result: .init(type: .post, id: post.id),
            input: PostRewriting(revision: post.revision, instruction: instruction).json, createdAt: clock.now)
        return try await accept(operation, key)
    }

    private func accept(_ operation: Operation, _ key: IdempotencyKey?) async throws -> Acceptance {
        let acceptance = Acceptance(["operation": operation.json], operation: operation)
        try await operations.insert(operation, record: key?.record(of: acceptance))
        return acceptance
    }

    /// - Throws: `Problem` with everything that is wrong.
    func brief(_ value: JSON, brand: Brand) throws -> SinglePostPipeline.Brief {
        let faults = Faults()
        let fields = Fields(value, known: ["platform", "contentType", "brief", "language"], faults: faults)
        let platform = fields.text("platform", isRequired: true, limit: 64) ?? ""
        let type = fields.text("contentType", limit: 64)
        let connector = connectors[platform]
        if connector == nil, !platform.isEmpty {
            faults.add(
                JSONPointer.root.appending("platform"),
                "\"\(platform)\" is not a known platform; known are \(connectors.ids.joined(separator: ", "))")
        }
        if let connector, let type, connector.contentType(type) == nil {
            let known = connector.rules.contentTypes.map(\.id).joined(separator: ", ")
            faults.add(JSONPointer.root.appending("contentType"), "\"\(type)\" is not a content type of \(platform); known are \(known)")
        }
        let brief = SinglePostPipeline.Brief(
            platform: platform, contentType: type ?? connector?.rules.contentTypes.first?.id ?? "",
            text: fields.text("brief", isRequired: true, limit: 4_000) ?? "",
            language: fields.language() ?? brand.identity.languages.first ?? "en")
        try faults.check()
        return brief
    }

    /// A change by hand; with `revision` it counts only while the post is of that one.
    func edit(_ post: Post, _ value: JSON) async throws -> Post {
        let type = connectors[post.platform]?.contentType(post.contentType)
        let (edit, revision) = try PostEdit.reading(value, of: post, as: type)
        guard revision == nil || revision == post.revision else {
            throw Problem(.conflict, "the post is of revision \(post.revision) by now; read it again")
        }
        do {
            return try await editing.apply(edit, to: post)
        } catch StoreError.conflict {
            throw Problem(.conflict, "the post was changed by somebody else at the same time; read it again")
        } catch GenerationError.postsFailed {
            throw Problem(.conflict, "\(post.platform) \(post.contentType) is not available in this deployment any more")
        }
    }

    // MARK: Operations

    /// Asks for the end of the operation; one that is queued ends at once.
    func cancel(_ id: String, workspace: String) async throws -> Operation {
        guard let (operation, fence) = try await operations.requestCancellation(id, workspace: workspace) else {
            throw Problem.notFound("operation")
        }
        await runner.cancel(id)
        if operation.state == .cancelled { try await runner.recordEnd(of: operation, fence) }
        return operation
    }

    /// Queues what is missing of an operation that ended without it.
    ///
    /// - Throws: `Problem`, `StoreError`, `BudgetExceeded`.
    func resume(_ operation: Operation, _ key: IdempotencyKey?) async throws -> Acceptance {
        guard operation.state.isTerminal else { throw Problem(.stillRunning, "the operation is \(operation.state.rawValue)") }
        guard operation.state != .succeeded else { throw Problem(.conflict, "the operation has succeeded; nothing is missing") }
        let workspace = operation.brand.workspace
        let limit = operation.reservation == nil ? nil : try await budget.guardian(workspace: workspace)
        if limit == nil { try await checkBudget(workspace) }
        let queued = try await noting(workspace) {
            try await operations.requeue(operation.id, workspace: workspace, within: limit) {
                key?.record(of: Acceptance($0.json, operation: $0))
            }
        }
        guard let queued else { throw Problem.notFound("operation") }
        return Acceptance(queued.json, operation: queued)
    }
}

extension AcceptedDocument {
    var json: JSON { ["document": document.json, "operation": operation.json] }
}
