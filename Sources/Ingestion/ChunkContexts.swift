import JSON
import Knowledge
import Operations

/// The contexts of a document's chunks: those that an earlier version has already, the others from the writer.
struct ChunkContexts: Sendable {
    let writer: any ChunkContextWriter
    /// Each context that was paid for is a finished step of the operation.
    let ledger: StepLedger?

    /// What makes a chunk the same as one of the version before.
    private struct Key: Hashable {
        /// The first line of what is embedded: brand, document and headings.
        var header: Substring
        var text: String
    }

    /// Calls at once for one document.
    private static let concurrency = 4
    /// Scalars of the document that the writer sees on each side of a chunk.
    private static let reach = 3_000

    /// Under which chunks with such contexts are kept.
    func chunkerID(_ base: String) -> String { "\(base)+context/\(writer.id)" }

    /// A context for each piece.
    ///
    /// - Parameters:
    ///   - headers: of the pieces, as they are embedded.
    ///   - known: the chunks of the version before.
    /// - Throws: `ModelError`, `LeaseLost`, `StoreError`.
    func write(
        for pieces: [Chunker.Piece], headers: [String], of document: Document, brandName: String, known: [Chunk], chunkerID: String,
        report: @Sendable (Operation.Progress) async throws -> Void
    ) async throws -> [String] {
        func firstLine(_ text: String) -> Substring { text.prefix { $0 != "\n" } }
        let reusable = Dictionary(
            known.filter { $0.chunker == chunkerID }.map { (Key(header: firstLine($0.embedText), text: $0.text), $0.context) }
        ) { first, _ in first }
        var contexts = zip(pieces, headers).map { reusable[Key(header: firstLine($1), text: $0.text)] }
        var missing = contexts.indices.filter { contexts[$0] == nil }[...]
        var progress = Operation.Progress(done: contexts.count - missing.count, total: contexts.count)
        try await report(progress)
        // Once for all pieces: a string's scalars cannot be reached by their numbers.
        let scalars = missing.isEmpty ? [] : Array(document.content.unicodeScalars)
        try await withThrowingTaskGroup(of: (place: Int, context: String).self) { group in
            func startNext() {
                guard let place = missing.popFirst() else { return }
                let around = Self.around(pieces[place].span, scalars)
                group.addTask { (place, try await context(of: pieces[place], around, headers[place], place, document, brandName)) }
            }
            for _ in 0..<Self.concurrency { startNext() }
            while let (place, context) = try await group.next() {
                contexts[place] = context
                progress.done += 1
                try await report(progress)
                startNext()
            }
        }
        return contexts.map { $0 ?? "" }
    }

    private static func around(_ span: TextSpan, _ scalars: [Unicode.Scalar]) -> String {
        let (start, end) = (min(max(0, span.start), scalars.count), min(max(span.start, span.end), scalars.count))
        var text = String.UnicodeScalarView()
        text.append(contentsOf: scalars[max(0, start - reach)..<start])
        text.append(contentsOf: " […] ".unicodeScalars)
        text.append(contentsOf: scalars[end..<min(scalars.count, end + reach)])
        return String(text)
    }

    private func context(
        of piece: Chunker.Piece, _ around: String, _ header: String, _ place: Int, _ document: Document, _ brandName: String
    ) async throws -> String {
        let work: @Sendable () async throws -> StepLedger.Outcome = {
            let (context, usage) = try await writer.context(
                of: piece.text, around: around, headingPath: piece.headingPath, in: document, brandName: brandName)
            return .init(result: .string(context), usage: usage)
        }
        guard let ledger else { return try await work().result.stringValue ?? "" }
        // All that the answer depends on: a document that was deleted and made again has the same versions.
        let input = [writer.id, header, around, piece.text].joined(separator: "\u{1F}")
        let outcome = try await ledger.run("context/\(place)", inputHash: ContentHash.hexadecimal(of: Array(input.utf8)), work)
        return outcome.result.stringValue ?? ""
    }
}
