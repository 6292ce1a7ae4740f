/// Where a long text may be cut: at line ends, sentence ends, words, and where there is none of these, anywhere.
enum SentenceBreaks {
    private static let sentenceEnds: Set<Unicode.Scalar> = [".", "!", "?", "…", "。", "！", "？"]

    /// Ranges of at most about `maximumTokens` tokens, without white space around them.
    static func divide(_ scalars: [Unicode.Scalar], maximumTokens: Int) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        var start = 0
        while start < scalars.count {
            while start < scalars.count, scalars[start].isSpace { start += 1 }
            guard start < scalars.count else { break }
            let furthest = reach(from: start, scalars, maximumTokens: maximumTokens)
            let end = furthest == scalars.count ? furthest : bestBreak(scalars, from: start, to: furthest)
            var last = end
            while last > start, scalars[last - 1].isSpace { last -= 1 }
            ranges.append(start..<last)
            start = end
        }
        return ranges
    }

    private static func reach(from start: Int, _ scalars: [Unicode.Scalar], maximumTokens: Int) -> Int {
        var quarters = 0
        var index = start
        while index < scalars.count, quarters < maximumTokens * 4 {
            quarters += scalars[index].properties.isIdeographic ? 4 : 1
            index += 1
        }
        return index
    }

    /// The last good place in the second half; a cut further ahead would leave scraps.
    private static func bestBreak(_ scalars: [Unicode.Scalar], from start: Int, to end: Int) -> Int {
        let earliest = start + (end - start) / 2
        func last(where isBreak: (Int) -> Bool) -> Int? { (earliest..<end).reversed().first(where: isBreak).map { $0 + 1 } }
        return last { scalars[$0] == "\n" }
            ?? last {
                sentenceEnds.contains(scalars[$0])
                    && ($0 + 1 == scalars.count || scalars[$0 + 1].isSpace || scalars[$0].value > 0x3000)
            }
            ?? last { scalars[$0].isSpace } ?? end
    }
}
