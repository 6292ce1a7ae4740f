package import Knowledge
package import Operations

/// The operation that ingests a document.
package struct DocumentIngestion: OperationHandler {
    private let service: IngestionService
    private let documents: any DocumentStore
    private let steps: any StepStore

    package init(service: IngestionService, documents: any DocumentStore, steps: any StepStore) {
        self.service = service
        self.documents = documents
        self.steps = steps
    }

    package func run(_ operation: Operation, _ reporter: OperationReporter) async throws -> Operation.State {
        guard let document = try await documents.document(operation.result.id, brand: operation.brand) else {
            throw Operation.Failure(code: "notFound", detail: "the document was deleted")
        }
        guard Self.owns(operation, document) else {
            throw Operation.Failure(code: "superseded", detail: "a later upload of the document took its place")
        }
        // The work need not wait until its progress is told.
        await reporter.note { operation in
            operation.stage = "embedding"
            operation.error = nil
            operation.items = [.init(id: document.id, kind: .document, state: .running, resultID: document.id)]
        }
        // What the language model was paid for stands in the steps, of earlier runs too.
        var before = operation.usage
        var ledger: StepLedger?
        if service.writesContexts {
            ledger = try await StepLedger(fence: reporter.fence, store: steps)
            (before.inputTokens, before.outputTokens, before.languageCalls) = (0, 0, 0)
        }
        try await service.ingest(document, ledger: ledger) { [before, ledger] stage, progress, usage in
            let written = await ledger?.usage ?? Usage()
            await reporter.note { operation in
                operation.stage = stage
                operation.progress = progress
                operation.usage = before + usage + written
            }
        }
        return .succeeded
    }

    /// Whether the document's latest version is this operation's to ingest.
    private static func owns(_ operation: Operation, _ document: Document) -> Bool {
        document.operationID == nil || document.operationID == operation.id
    }

    package func ended(_ operation: Operation, _ fence: Fence) async throws {
        guard let document = try await documents.document(operation.result.id, brand: operation.brand), Self.owns(operation, document)
        else { return }
        try await service.markFailed(document, reason: operation.error?.detail ?? "the ingestion was cancelled")
    }

    package func failure(for error: any Error) -> Operation.Failure {
        switch error {
        case let failure as Operation.Failure: failure
        case let error as UnreadableDocument: .init(code: "unreadableDocument", detail: error.reason)
        case let error as ModelError: .init(code: "model." + error.kind.rawValue, detail: error.description, retryAfter: error.retryAfter)
        case let error as BudgetExceeded: .init(code: "budgetExceeded", detail: error.description)
        case is StoreError: .init(code: "unavailable", detail: "the database is not available")
        case let error as SearchError: .init(code: "unavailable", detail: error.description, retryAfter: error.retryAfter)
        default: .init(code: "internal", detail: "the document could not be ingested")
        }
    }
}
