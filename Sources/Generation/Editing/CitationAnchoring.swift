import Knowledge

/// Finds a post's claims again in a text that a person has changed.
enum CitationAnchoring {
    /// The part of a claim's words that a line must have kept to be the same claim still.
    private static let leastOverlap = 0.5

    /// The citations at the places that their claims have in `edited`; those whose claim is gone are left out.
    ///
    /// A claim that stands there word for word keeps its words as its span; of one that was rewritten, the line that
    /// has most of its words becomes the span.
    static func moved(_ citations: [Post.Citation], from original: String, to edited: String) -> [Post.Citation] {
        let lines = TextLines.lines(of: edited)
        let wordsOfLines = lines.map { words(of: $0.text) }
        let scalars = Array(original.unicodeScalars)
        let target = Array(edited.unicodeScalars)
        return citations.compactMap { citation in
            guard citation.span.start >= 0, citation.span.start < citation.span.end, citation.span.end <= scalars.count else { return nil }
            let claim = scalars[citation.span.start..<citation.span.end]
            var moved = citation
            if let start = place(of: claim, in: target, near: citation.span.start) {
                moved.span = TextSpan(start: start, end: start + claim.count)
                return moved
            }
            let claimWords = words(of: String(String.UnicodeScalarView(claim)))
            let overlaps = wordsOfLines.map { Double(claimWords.intersection($0).count) / Double(max(1, claimWords.count)) }
            guard let best = overlaps.indices.max(by: { overlaps[$0] < overlaps[$1] }), overlaps[best] >= leastOverlap else { return nil }
            moved.span = lines[best].span
            return moved
        }
    }

    /// Of several places the one nearest to where the claim was.
    private static func place(of claim: ArraySlice<Unicode.Scalar>, in text: [Unicode.Scalar], near start: Int) -> Int? {
        Pattern(Array(claim)).places(in: text).min { abs($0 - start) < abs($1 - start) }
    }

    private static func words(of text: String) -> Set<String> {
        Set(text.lowercased().split { !$0.isWordPart }.map(String.init))
    }
}
