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
        var open: TextBlock?
        for block in parsed.blocks.flatMap({ divide($0, scalars) }) {
            if let joined = open.flatMap({ join($0, block, scalars) }) {
                open = joined
            } else {
                if let open { pieces.append(Piece(open)) }
                open = block
            }
        }
        if let open { pieces.append(Piece(open)) }
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

    package static func estimatedTokens(_ text: String) -> Int {
        var quarters = 0
        for scalar in text.unicodeScalars { quarters += isIdeographic(scalar) ? 4 : 1 }
        return (quarters + 3) / 4
    }

    private static func isIdeographic(_ scalar: Unicode.Scalar) -> Bool {
        guard scalar.value > 0x3000 else { return false }
        return scalar.properties.isIdeographic || (0x3040...0x30FF).contains(scalar.value) || (0xAC00...0xD7AF).contains(scalar.value)
    }

    /// Both blocks in one, when they stand under the same headings and fit.
    private func join(_ first: TextBlock, _ second: TextBlock, _ scalars: [Unicode.Scalar]) -> TextBlock? {
        guard first.headingPath == second.headingPath, first.isVerbatim == second.isVerbatim,
            Self.estimatedTokens(first.text) + Self.estimatedTokens(second.text) <= targetTokens
        else { return nil }
        let span = TextSpan(start: first.span.start, end: second.span.end)
        let text = first.isVerbatim ? String(scalars: scalars[span.start..<span.end]) : first.text + "\n\n" + second.text
        return TextBlock(headingPath: first.headingPath, span: span, text: text, isVerbatim: first.isVerbatim)
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

extension Chunker.Piece {
    fileprivate init(_ block: TextBlock) {
        self.init(headingPath: block.headingPath, span: block.span, text: block.text)
    }
}
