/// Tags and text of an HTML document with their places, after the tokenizer of the HTML Standard (section
/// 13.2.5) as far as text needs it. Anything is accepted: what is no tag is text.
struct HTMLTokenizer {
    enum Token {
        case text(String, Range<Int>)
        case open(String, Range<Int>)
        case close(String, Range<Int>)
    }

    /// Elements whose content is no markup.
    private static let rawText: Set<String> = ["script", "style", "textarea", "title", "noscript", "template", "iframe"]

    private let scalars: [Unicode.Scalar]
    private var position = 0
    private var rawElement: String?

    init(_ scalars: [Unicode.Scalar]) { self.scalars = scalars }

    mutating func next() -> Token? {
        while position < scalars.count {
            if let element = rawElement {
                rawElement = nil
                let start = position
                position = endOfRawText(element)
                if position > start { return text(start..<position) }
            }
            if scalars[position] == "<", let token = markup() { return token }
            if position >= scalars.count { return nil }
            let start = position
            if scalars[position] != "<" || !startsMarkup { position += 1 }
            while position < scalars.count, !(scalars[position] == "<" && startsMarkup) { position += 1 }
            if position > start { return text(start..<position) }
        }
        return nil
    }

    private func text(_ range: Range<Int>) -> Token {
        .text(HTMLEntities.decode(String(scalars: scalars[range])), range)
    }

    private func scalar(_ offset: Int) -> Unicode.Scalar? {
        position + offset < scalars.count ? scalars[position + offset] : nil
    }

    private var startsMarkup: Bool {
        guard let next = scalar(1) else { return false }
        return next == "!" || next == "?" || Self.isLetter(next) || (next == "/" && scalar(2).map(Self.isLetter) == true)
    }

    private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
        ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
    }

    /// A tag; comments, declarations and processing instructions are passed over.
    private mutating func markup() -> Token? {
        guard startsMarkup, let next = scalar(1) else { return nil }
        let start = position
        if next == "!" || next == "?" {
            let isComment = scalar(2) == "-" && scalar(3) == "-"
            skip(past: isComment ? "-->" : ">", from: position + (isComment ? 4 : 2))
            return nil
        }
        let isClosing = next == "/"
        position += isClosing ? 2 : 1
        var name = String.UnicodeScalarView()
        while let scalar = scalar(0), !scalar.isSpace, scalar != ">", scalar != "/" {
            name.append(scalar)
            position += 1
        }
        skipAttributes()
        let lowered = String(name).lowercased()
        if !isClosing, Self.rawText.contains(lowered) { rawElement = lowered }
        return isClosing ? .close(lowered, start..<position) : .open(lowered, start..<position)
    }

    private mutating func skip(past mark: String, from start: Int) {
        let mark = Array(mark.unicodeScalars)
        position = start
        while position + mark.count <= scalars.count {
            if Array(scalars[position..<position + mark.count]) == mark {
                position += mark.count
                return
            }
            position += 1
        }
        position = scalars.count
    }

    /// Quoted values may hold `>`.
    private mutating func skipAttributes() {
        var quote: Unicode.Scalar?
        while let scalar = scalar(0) {
            position += 1
            if let open = quote {
                if scalar == open { quote = nil }
            } else if scalar == ">" {
                return
            } else if scalar == "\"" || scalar == "'", position >= 2, scalars[position - 2] == "=" {
                quote = scalar
            }
        }
    }

    private func endOfRawText(_ element: String) -> Int {
        let mark = Array("</\(element)".unicodeScalars)
        var index = position
        while index + mark.count <= scalars.count {
            if scalars[index] == "<", zip(scalars[index...], mark).allSatisfy({ $0.properties.lowercaseMapping == String($1) }) {
                return index
            }
            index += 1
        }
        return scalars.count
    }
}
