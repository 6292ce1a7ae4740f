/// Inline Markdown as a reader hears it.
package enum InlineMarkup {
    /// The text without emphasis and code marks, link targets, table pipes, list and quote marks.
    package static func plain(_ text: String) -> String {
        var lines: [Substring] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: true) {
            let words = withoutLinks(withoutBlockMarks(line))
            let bare = words.filter { !"*`|".contains($0) }
            let collapsed = bare.split { $0 == " " || $0 == "\t" || $0 == "\r" }.joined(separator: " ")
            if collapsed.contains(where: { $0.isLetter || $0.isNumber }) { lines.append(Substring(collapsed)) }
        }
        return lines.joined(separator: "\n")
    }

    private static func withoutBlockMarks(_ line: Substring) -> Substring {
        var rest = line.drop { $0 == " " || $0 == "\t" }
        while let first = rest.first, ">#".contains(first) { rest = rest.dropFirst().drop { $0 == " " } }
        if let first = rest.first, "-*+".contains(first), rest.dropFirst().first == " " { rest = rest.dropFirst(2) }
        return rest
    }

    /// `[words](target)` and `![words](target)` become `words`.
    private static func withoutLinks(_ line: Substring) -> String {
        var result = ""
        var rest = line
        while let open = rest.firstIndex(of: "[") {
            guard let close = rest[open...].firstIndex(of: "]"), let target = rest.index(close, offsetBy: 1, limitedBy: rest.endIndex),
                target < rest.endIndex, rest[target] == "(", let end = rest[target...].firstIndex(of: ")")
            else {
                result += rest[...open]
                rest = rest[rest.index(after: open)...]
                continue
            }
            var before = rest[..<open]
            if before.last == "!" { before = before.dropLast() }
            result += before + rest[rest.index(after: open)..<close]
            rest = rest[rest.index(after: end)...]
        }
        return result + rest
    }
}
