/// Inline Markdown as a reader hears it. All marks are ASCII, so that it is read byte by byte.
package enum InlineMarkup {
    private typealias Bytes = ArraySlice<UInt8>

    /// The text without emphasis and code marks, link targets, table pipes, list and quote marks.
    package static func plain(_ text: String) -> String {
        var plain: [UInt8] = []
        plain.reserveCapacity(text.utf8.count)
        for line in Array(text.utf8).split(separator: Self.newline) {
            let (start, isFirst) = (plain.count, plain.isEmpty)
            if !isFirst { plain.append(Self.newline) }
            let from = plain.count
            appendWithoutLinks(withoutBlockMarks(line), to: &plain)
            if !hasWords(plain[from...]) { plain.removeSubrange(start...) }
        }
        return String(decoding: plain, as: UTF8.self)
    }

    private static func withoutBlockMarks(_ line: Bytes) -> Bytes {
        var rest = line.drop(while: isBlank)
        while let first = rest.first, first == UInt8(ascii: ">") || first == UInt8(ascii: "#") {
            rest = rest.dropFirst().drop { $0 == Self.space }
        }
        if let first = rest.first, first == UInt8(ascii: "-") || first == UInt8(ascii: "*") || first == UInt8(ascii: "+"),
            rest.dropFirst().first == Self.space
        {
            rest = rest.dropFirst(2)
        }
        return rest
    }

    /// `[words](target)` and `![words](target)` become `words`.
    private static func appendWithoutLinks(_ line: Bytes, to plain: inout [UInt8]) {
        var rest = line
        let start = plain.count
        var (brackets, parentheses) = (Finder(UInt8(ascii: "]"), in: line), Finder(UInt8(ascii: ")"), in: line))
        while let open = rest.firstIndex(of: UInt8(ascii: "[")) {
            guard let close = brackets.first(from: open), close + 1 < rest.endIndex, rest[close + 1] == UInt8(ascii: "("),
                let end = parentheses.first(from: close)
            else {
                append(rest[...open], to: &plain, lineStart: start)
                rest = rest[(open + 1)...]
                continue
            }
            var before = rest[..<open]
            if before.last == UInt8(ascii: "!") { before = before.dropLast() }
            append(before, to: &plain, lineStart: start)
            append(rest[(open + 1)..<close], to: &plain, lineStart: start)
            rest = rest[(end + 1)...]
        }
        append(rest, to: &plain, lineStart: start)
        if plain.count > start, plain.last == Self.space { plain.removeLast() }
    }

    /// Finds a byte from places that only grow, and looks at each byte once.
    private struct Finder {
        private let byte: UInt8
        private let line: Bytes
        private var found: Int?

        init(_ byte: UInt8, in line: Bytes) { (self.byte, self.line) = (byte, line) }

        mutating func first(from place: Int) -> Int? {
            if found.map({ $0 < place }) ?? true { found = line[place...].firstIndex(of: byte) ?? line.endIndex }
            return found == line.endIndex ? nil : found
        }
    }

    /// Without marks, and with one space for several.
    private static func append(_ words: Bytes, to plain: inout [UInt8], lineStart: Int) {
        for byte in words {
            if isBlank(byte) {
                if plain.count > lineStart, plain.last != Self.space { plain.append(Self.space) }
            } else if byte != UInt8(ascii: "*"), byte != UInt8(ascii: "`"), byte != UInt8(ascii: "|") {
                plain.append(byte)
            }
        }
    }

    private static func hasWords(_ line: Bytes) -> Bool {
        if line.contains(where: isASCIIWord) { return true }
        return line.contains { $0 >= 0x80 } && String(decoding: line, as: UTF8.self).contains { $0.isLetter || $0.isNumber }
    }

    private static func isASCIIWord(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == space || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r") }

    private static let space = UInt8(ascii: " ")
    private static let newline = UInt8(ascii: "\n")
}
