import Knowledge

/// A text as Unicode scalars and lines, so that spans are plain offsets.
struct SourceLines {
    let scalars: [Unicode.Scalar]
    /// Each line without its line break (LF, CRLF or CR).
    let lines: [Range<Int>]

    init(_ content: String) {
        scalars = Array(content.unicodeScalars)
        var lines: [Range<Int>] = []
        var start = 0
        var index = 0
        while index < scalars.count {
            let scalar = scalars[index]
            if scalar == "\n" || scalar == "\r" {
                lines.append(start..<index)
                if scalar == "\r", index + 1 < scalars.count, scalars[index + 1] == "\n" { index += 1 }
                start = index + 1
            }
            index += 1
        }
        if start < scalars.count { lines.append(start..<scalars.count) }
        self.lines = lines
    }

    func text(_ range: Range<Int>) -> String { String(scalars: scalars[range]) }

    /// The line without white space around it.
    func trimmed(_ line: Range<Int>) -> Range<Int> {
        var (start, end) = (line.lowerBound, line.upperBound)
        while start < end, scalars[start].isSpace { start += 1 }
        while end > start, scalars[end - 1].isSpace { end -= 1 }
        return start..<end
    }

    func isBlank(_ line: Range<Int>) -> Bool { trimmed(line).isEmpty }

    /// The lines as one block that is cut out of the text.
    func block(_ lines: ArraySlice<Range<Int>>, headingPath: [String]) -> TextBlock? {
        guard let first = lines.first, let last = lines.last else { return nil }
        let range = trimmed(first.lowerBound..<last.upperBound)
        guard !range.isEmpty else { return nil }
        return TextBlock(
            headingPath: headingPath, span: TextSpan(start: range.lowerBound, end: range.upperBound), text: text(range),
            isVerbatim: true)
    }
}
