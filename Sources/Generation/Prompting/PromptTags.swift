/// The Mustache tags of a text, each with its line.
///
/// Of Mustache a prompt may use variables, sections, inverted sections, comments and partials; delimiters do not
/// change, and there is no inheritance and no transform, so that every name can be checked before anything runs.
struct PromptTags {
    struct Tag: Hashable {
        enum Kind: Hashable { case variable, section, invertedSection, end, partial, comment }

        var kind: Kind
        var name: String
        var line: Int
    }

    private(set) var tags: [Tag] = []
    private(set) var defects: [(line: Int, detail: String)] = []

    /// - Parameter firstLine: the number of the text's first line in its file.
    init(_ text: Substring, firstLine: Int) {
        var line = firstLine
        var rest = text
        while let open = rest.firstRange(of: "{{") {
            line += rest[..<open.lowerBound].lineBreaks
            let isTriple = rest[open.upperBound...].first == "{"
            guard let close = rest[open.upperBound...].firstRange(of: isTriple ? "}}}" : "}}") else {
                defects.append((line, "the tag that begins here has no end"))
                return
            }
            let inside = rest[open.upperBound..<close.lowerBound]
            read(isTriple ? inside.dropFirst() : inside, line: line)
            line += inside.lineBreaks
            rest = rest[close.upperBound...]
        }
    }

    private mutating func read(_ inside: Substring, line: Int) {
        let kinds: [Character: Tag.Kind] = [
            "#": .section, "^": .invertedSection, "/": .end, ">": .partial, "!": .comment, "&": .variable,
        ]
        let trimmed = inside.drop(while: \.isWhitespace)
        let kind = trimmed.first.flatMap { kinds[$0] }
        let name = (kind == nil ? trimmed : trimmed.dropFirst()).split(whereSeparator: \.isWhitespace).joined(separator: " ")
        if kind != .comment, !Self.isName(name) {
            defects.append((line, "{{\(inside)}} is not a variable, section, partial or comment"))
            return
        }
        tags.append(Tag(kind: kind ?? .variable, name: name, line: line))
    }

    /// ASCII letters, digits, `_` and `-`; the first is a letter or `_`.
    private static func isName(_ text: String) -> Bool {
        func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) || byte == UInt8(ascii: "_") }
        guard let first = text.utf8.first, isLetter(first) else { return false }
        return text.utf8.allSatisfy { isLetter($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-") }
    }
}

extension Substring {
    /// How many lines end in it.
    var lineBreaks: Int { utf8.count { $0 == 0x0A } }
}
