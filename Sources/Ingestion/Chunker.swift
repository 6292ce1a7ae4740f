package import Knowledge

/// Cuts a document into chunks along its structure.
///
/// Blocks under the same headings are joined up to the target; a block above the limit is cut at sentence ends,
/// then at words. Tokens are estimated, since each model has its own: four characters, or one for each
/// character of a script without spaces.
package struct Chunker: Sendable {
    package var targetTokens = 250
    package var limitTokens = 350
    /// Chunks that a document may have: each is embedded, stored and kept in memory.
    package var pieceLimit = 20_000

    package init() {}

    /// Under which chunks are kept; other options or another version cut anew.
    package var id: String { "structure-1/\(targetTokens)/\(limitTokens)" }

    /// A chunk before it has a vector.
    package struct Piece: Sendable, Hashable {
        package var headingPath: [String]
        package var span: TextSpan
        package var text: String
    }

    package func cut(_ parsed: ParsedDocument, content: String) -> [Piece] {
        let scalars = Array(content.unicodeScalars)
        var pieces: [Piece] = []
        var open: OpenPiece?
        for block in parsed.blocks {
            for part in divide(block, scalars) {
                if open?.take(part, of: scalars, upTo: targetTokens) ?? false { continue }
                if let open { pieces.append(open.finished(scalars)) }
                open = OpenPiece(part)
            }
        }
        if let open { pieces.append(open.finished(scalars)) }
        return pieces
    }

    /// Whether the document can be cut.
    ///
    /// - Throws: `UnreadableDocument` when it has too many chunks.
    package func check(_ parsed: ParsedDocument, content: String) throws(UnreadableDocument) {
        // Those of long blocks are few: what a request may carry has some thousands.
        guard parsed.blocks.count > pieceLimit / 2 else { return }
        let count = cut(parsed, content: content).count
        guard count <= pieceLimit else {
            throw UnreadableDocument(
                reason: "the content falls into \(count) parts, most of them under a heading of their own, and may have \(pieceLimit)")
        }
    }

    package static func estimatedTokens(_ text: String) -> Int { tokens(ofQuarters: quarters(text.unicodeScalars)) }

    fileprivate static func tokens(ofQuarters quarters: Int) -> Int { (quarters + 3) / 4 }

    /// Tokens, in quarters of one.
    fileprivate static func quarters(_ scalars: some Sequence<Unicode.Scalar>) -> Int {
        scalars.reduce(0) { $0 + (isIdeographic($1) ? 4 : 1) }
    }

    private static func isIdeographic(_ scalar: Unicode.Scalar) -> Bool {
        guard scalar.value > 0x3000 else { return false }
        return scalar.properties.isIdeographic || (0x3040...0x30FF).contains(scalar.value) || (0xAC00...0xD7AF).contains(scalar.value)
    }

    private func divide(_ block: TextBlock, _ scalars: [Unicode.Scalar]) -> [TextBlock] {
        guard Self.estimatedTokens(block.text) > limitTokens else { return [block] }
        let source = block.isVerbatim ? Array(scalars[block.span.start..<block.span.end]) : Array(block.text.unicodeScalars)
        return SentenceBreaks.divide(source, maximumTokens: targetTokens).map { range in
            TextBlock(
                headingPath: block.headingPath,
                span: block.isVerbatim
                    ? TextSpan(start: block.span.start + range.lowerBound, end: block.span.start + range.upperBound) : block.span,
                text: String(scalars: source[range]), isVerbatim: block.isVerbatim)
        }
    }
}

/// A piece that more blocks may follow in. Its text is made once, when it is finished: a document may have a block a word.
private struct OpenPiece {
    private let headingPath: [String]
    private let isVerbatim: Bool
    private var span: TextSpan
    private var texts: [String]
    private var quarters: Int

    init(_ block: TextBlock) {
        (headingPath, isVerbatim, span, texts) = (block.headingPath, block.isVerbatim, block.span, [block.text])
        quarters = Chunker.quarters(block.text.unicodeScalars)
    }

    private static let separator = "\n\n"

    /// Takes the block in, when it stands under the same headings and fits.
    mutating func take(_ block: TextBlock, of scalars: [Unicode.Scalar], upTo target: Int) -> Bool {
        guard isVerbatim == block.isVerbatim, headingPath == block.headingPath else { return false }
        let added = Chunker.quarters(block.text.unicodeScalars)
        guard Chunker.tokens(ofQuarters: quarters) + Chunker.tokens(ofQuarters: added) <= target else { return false }
        // What stands between them in the content is part of it.
        let between = isVerbatim ? Chunker.quarters(scalars[span.end..<max(span.end, block.span.start)]) : Self.separator.count
        quarters += between + added
        span.end = block.span.end
        texts.append(block.text)
        return true
    }

    func finished(_ scalars: [Unicode.Scalar]) -> Chunker.Piece {
        let text = isVerbatim ? String(scalars: scalars[span.start..<span.end]) : texts.joined(separator: Self.separator)
        return Chunker.Piece(headingPath: headingPath, span: span, text: text)
    }
}
