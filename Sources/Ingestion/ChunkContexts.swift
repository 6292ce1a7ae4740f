import JSON
import Knowledge
import Operations
import Synchronization

/// The contexts of a document's chunks: those that an earlier version has already, the others from the writer.
struct ChunkContexts: Sendable {
    let writer: any ChunkContextWriter
    /// Each context that was paid for is a finished step of the operation.
    let ledger: StepLedger?

    /// What makes a chunk the same as one of the version before.
    private struct Key: Hashable {
        var headingPath: [String]
        var text: String
    }

    /// Calls at once for one document.
    private static let concurrency = 4

    /// Under which chunks with such contexts are kept.
    func chunkerID(_ base: String) -> String { "\(base)+context/\(writer.id)" }

    /// A context for each piece.
    ///
    /// - Parameter known: the chunks of the version before.
    /// - Throws: `ModelError`, `LeaseLost`, `StoreError`.
    func write(
        for pieces: [Chunker.Piece], of document: Document, brandName: String, known: [Chunk], chunkerID: String,
        report: @Sendable (Operation.Progress, Usage) async throws -> Void
    ) async throws -> [String] {
        let reusable = Dictionary(
            known.filter { $0.chunker == chunkerID }.map { (Key(headingPath: $0.headingPath, text: $0.text), $0.context) }
        ) { first, _ in first }
        var contexts = pieces.map { reusable[Key(headingPath: $0.headingPath, text: $0.text)] }
        var missing = contexts.indices.filter { contexts[$0] == nil }[...]
        var progress = Operation.Progress(done: contexts.count - missing.count, total: contexts.count)
        var usage = Usage()
        try await report(progress, usage)
        try await withThrowingTaskGroup(of: (place: Int, context: String, usage: Usage).self) { group in
            func startNext() {
                guard let place = missing.popFirst() else { return }
                group.addTask {
                    let (context, usage) = try await self.context(of: pieces[place], place, document, brandName)
                    return (place, context, usage)
                }
            }
            for _ in 0..<Self.concurrency { startNext() }
            while let written = try await group.next() {
                contexts[written.place] = written.context
                progress.done += 1
                usage += written.usage
                try await report(progress, usage)
                startNext()
            }
        }
        return contexts.map { $0 ?? "" }
    }

    /// - Returns: the usage is zero when the operation had the context already.
    private func context(of piece: Chunker.Piece, _ place: Int, _ document: Document, _ brandName: String) async throws -> (String, Usage) {
        let paid = Mutex(Usage())
        let work: @Sendable () async throws -> StepLedger.Outcome = {
            let (context, usage) = try await writer.context(
                of: piece.text, span: piece.span, headingPath: piece.headingPath, in: document, brandName: brandName)
            paid.withLock { $0 = usage }
            return .init(result: .string(context), usage: usage)
        }
        let outcome =
            if let ledger {
                try await ledger.run("context/\(place)", inputHash: "\(writer.id)/\(document.version)/\(place)", work)
            } else {
                try await work()
            }
        return (outcome.result.stringValue ?? "", paid.withLock { $0 })
    }
}
