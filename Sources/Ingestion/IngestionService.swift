// Ingestion: documents in, searchable chunks out. It knows the ports of Knowledge, no database and no HTTP.

package import Knowledge
package import Operations

/// A document that was stored, and the operation that will ingest it.
package struct AcceptedDocument: Sendable {
    package let document: Document
    package let operation: Operation
}

/// The use cases of documents.
package struct IngestionService: Sendable {
    private let brands: any BrandStore
    private let documents: any DocumentStore
    private let cache: any EmbeddingCache
    private let embeddings: any EmbeddingClient
    private let index: any PassageIndex
    /// Nil where chunks have their context header only.
    private let contextWriter: (any ChunkContextWriter)?
    private let clock: any WallClock
    private let chunker = Chunker()
    private let options: Options

    package struct Options: Sendable {
        /// Texts in one embedding request, and requests at once for one document.
        package var batchSize = 32
        package var concurrency = 2

        package init() {}
    }

    package init(
        brands: any BrandStore, documents: any DocumentStore, cache: any EmbeddingCache, embeddings: any EmbeddingClient,
        index: any PassageIndex, contextWriter: (any ChunkContextWriter)? = nil, clock: any WallClock, options: Options = Options()
    ) {
        self.brands = brands
        self.documents = documents
        self.cache = cache
        self.embeddings = embeddings
        self.index = index
        self.contextWriter = contextWriter
        self.clock = clock
        self.options = options
    }

    /// Whether the upload could be accepted.
    ///
    /// - Throws: `UnreadableDocument`.
    package func check(_ upload: DocumentUpload) throws(UnreadableDocument) {
        _ = try upload.document(brand: BrandKey(workspace: "", brand: ""), clock: clock)
    }

    /// Stores the uploads, each with the operation that will ingest it, and the idempotency record, or nothing of it.
    ///
    /// - Parameter record: makes the record of what was stored; nil for none.
    /// - Throws: `UnreadableDocument`, `StoreError`.
    package func accept(
        _ uploads: [DocumentUpload], brand: BrandKey, record: @Sendable ([AcceptedDocument]) -> AcceptedRequest?
    ) async throws -> [AcceptedDocument] {
        let pending = try uploads.enumerated().map { index, upload -> AcceptedDocument in
            var document = try Self.document(of: upload, at: index, brand, clock)
            var operation = Operation(
                id: clock.makeID(), brand: brand, kind: .ingestDocument, result: .init(type: .document, id: document.id),
                createdAt: clock.now)
            document.operationID = operation.id
            operation.items = [Operation.Item(id: document.id, kind: .document, state: .queued, resultID: document.id)]
            return AcceptedDocument(document: document, operation: operation)
        }
        let operations = pending.map(\.operation)
        @Sendable func joined(_ stored: [Document]) -> [AcceptedDocument] {
            zip(stored, operations).map { AcceptedDocument(document: $0, operation: $1) }
        }
        return joined(try await documents.accept(pending.map { ($0.document, $0.operation) }) { record(joined($0)) })
    }

    private static func document(
        of upload: DocumentUpload, at index: Int, _ brand: BrandKey, _ clock: any WallClock
    ) throws(UnreadableDocument) -> Document {
        do {
            return try upload.document(brand: brand, clock: clock)
        } catch {
            var error = error
            error.index = index
            throw error
        }
    }

    /// Chunks, embeds what is new, and puts the document's new version in the place of the old one.
    ///
    /// - Parameters:
    ///   - ledger: the operation's finished steps, for what a language model writes.
    ///   - report: is told the stage, how many of its chunks are done, and what embedding them has cost.
    /// - Throws: `ModelError`, `StoreError`, `UnreadableDocument`; the version that was active stays so.
    package func ingest(
        _ document: Document, ledger: StepLedger? = nil,
        report: @Sendable (_ stage: String, Operation.Progress, Usage) async throws -> Void
    ) async throws {
        async let isProcessing: Void = documents.setState(.processing, error: nil, of: document)
        let cut: [Chunk]
        do { cut = try await chunks(of: document, ledger, report) } catch {
            // Before the state that follows, which must not be overtaken.
            try? await isProcessing
            throw error
        }
        try await isProcessing
        try await index.replace(document, chunks: cut) {
            guard try await documents.activate(cut, of: document) else { return false }
            CrashPoint.reach("document.activated")
            return true
        }
    }

    /// The chunks of the document's new version, with their vectors.
    private func chunks(
        of document: Document, _ ledger: StepLedger?,
        _ report: @Sendable (_ stage: String, Operation.Progress, Usage) async throws -> Void
    ) async throws -> [Chunk] {
        let brand = try await brands.brand(document.brand)
        let pieces = chunker.cut(try document.format.parse(document.content), content: document.content)
        let brandName = brand?.name ?? ""
        let headers = pieces.map { Self.header($0, document: document, brandName: brandName) }
        let written = try await contexts(of: pieces, headers, document, brandName, ledger) { try await report("context", $0, Usage()) }
        let words = pieces.map { InlineMarkup.plain($0.text) }
        let texts = pieces.indices.map { place in
            [headers[place], written.contexts[place], words[place]].filter { !$0.isEmpty }.joined(separator: "\n")
        }
        let vectors = try await vectors(for: texts) { try await report("embedding", $0, $1) }
        return zip(pieces, texts).enumerated().map { ordinal, pair in
            var chunk = Chunk(
                documentID: document.id, version: document.version, ordinal: ordinal, headingPath: pair.0.headingPath,
                span: pair.0.span, text: pair.0.text, embedText: pair.1, searchText: words[ordinal],
                embedding: vectors[pair.1] ?? [], embeddingModel: embeddings.modelID, chunker: written.chunkerID)
            chunk.context = written.contexts[ordinal]
            return chunk
        }
    }

    /// Whether a language model is paid for chunks.
    var writesContexts: Bool { contextWriter != nil }

    /// Whether the document's chunks were cut and embedded as they would be now.
    package func isCurrent(_ document: Document) async throws -> Bool {
        let first = try await documents.chunks(of: document, PageRequest(limit: 1)).items.first
        let id = contextWriter.map { ChunkContexts(writer: $0, ledger: nil).chunkerID(chunker.id) } ?? chunker.id
        return first?.embeddingModel == embeddings.modelID && first?.chunker == id
    }

    package func markFailed(_ document: Document, reason: String) async throws {
        try await documents.setState(.failed, error: reason, of: document)
    }

    package func delete(_ id: String, brand: BrandKey) async throws -> Bool {
        let deleted = try await documents.delete(id, brand: brand)
        await index.remove(document: id, brand: brand)
        return deleted
    }

    /// A deterministic header tells the embedding model where the words stand.
    private static func header(_ piece: Chunker.Piece, document: Document, brandName: String) -> String {
        let headings = piece.headingPath.first == document.title ? Array(piece.headingPath.dropFirst()) : piece.headingPath
        return ([brandName, document.title] + headings).filter { !$0.isEmpty }.joined(separator: " > ")
    }

    /// The chunks' contexts, empty where none are wanted, and the chunker's id with them.
    private func contexts(
        of pieces: [Chunker.Piece], _ headers: [String], _ document: Document, _ brandName: String, _ ledger: StepLedger?,
        report: @Sendable (Operation.Progress) async throws -> Void
    ) async throws -> (contexts: [String], chunkerID: String) {
        guard let contextWriter else { return (pieces.map { _ in "" }, chunker.id) }
        let contexts = ChunkContexts(writer: contextWriter, ledger: ledger)
        let id = contexts.chunkerID(chunker.id)
        let known = document.activeVersion > 0 ? try await documents.allChunks(of: document) : []
        let written = try await contexts.write(
            for: pieces, headers: headers, of: document, brandName: brandName, known: known, chunkerID: id, report: report)
        return (written, id)
    }

    /// A vector for each text: from the cache where there is one, else embedded in batches and cached at once,
    /// so that a failure later costs nothing again.
    private func vectors(
        for texts: [String], report: @Sendable (Operation.Progress, Usage) async throws -> Void
    ) async throws -> [String: [Float]] {
        let unique = Array(Set(texts))
        var vectors = try await cache.vectors(for: unique, model: embeddings.modelID)
        let missing = unique.filter { vectors[$0] == nil }.sorted()
        var progress = Operation.Progress(done: unique.count - missing.count, total: unique.count)
        var usage = Usage()
        try await report(progress, usage)
        try await withThrowingTaskGroup(of: (texts: [String], answer: EmbeddingAnswer).self) { group in
            var batches = stride(from: 0, to: missing.count, by: options.batchSize).map {
                Array(missing[$0..<min($0 + options.batchSize, missing.count)])
            }[...]
            func startNext() {
                guard let batch = batches.popFirst() else { return }
                group.addTask { (batch, try await embeddings.embed(batch, as: .passage)) }
            }
            for _ in 0..<options.concurrency { startNext() }
            while let (batch, answer) = try await group.next() {
                let fresh = Dictionary(uniqueKeysWithValues: zip(batch, answer.vectors))
                try await cache.store(fresh, model: embeddings.modelID)
                vectors.merge(fresh) { _, new in new }
                progress.done += batch.count
                usage += answer.usage
                try await report(progress, usage)
                startNext()
            }
        }
        return vectors
    }
}
