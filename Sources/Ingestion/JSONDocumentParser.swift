import JSON
import Knowledge

/// A JSON document as text: each object that holds plain values is a block of `name: value` lines, under the
/// names that lead to it.
enum JSONDocumentParser {
    static func parse(_ content: String) throws(UnreadableDocument) -> ParsedDocument {
        let value: JSON
        do {
            value = try JSON(parsing: content)
        } catch {
            throw UnreadableDocument(reason: "the content is not valid JSON: \(error)")
        }
        var outline = Outline(scalars: Array(content.unicodeScalars))
        outline.visit(value, path: [])
        return ParsedDocument(title: title(of: value), blocks: outline.blocks)
    }

    private static let titleKeys = ["title", "name", "headline"]

    private static func title(of value: JSON) -> String? {
        titleKeys.lazy.compactMap { value[$0]?.stringValue }.first
    }

    /// Walks the value and, in step, the text that it was parsed from, to know each value's place.
    private struct Outline {
        let scalars: [Unicode.Scalar]
        var position = 0
        var blocks: [TextBlock] = []

        init(scalars: [Unicode.Scalar]) { self.scalars = scalars }

        /// Visits the value at `position` and returns its place.
        @discardableResult
        mutating func visit(_ value: JSON, path: [String]) -> TextSpan {
            skipSpace()
            let start = position
            switch value {
            case .object(let object): visitObject(object, path: path, start: start)
            case .array(let elements): visitArray(elements, path: path, start: start)
            case .string: skipString()
            default: while position < scalars.count, !",]} \n\r\t".unicodeScalars.contains(scalars[position]) { position += 1 }
            }
            if path.isEmpty, blocks.isEmpty, let words = JSONDocumentParser.words(value) {
                add(words, path: path, TextSpan(start: start, end: position))
            }
            return TextSpan(start: start, end: position)
        }

        private mutating func visitObject(_ object: JSONObject, path: [String], start: Int) {
            let label = JSONDocumentParser.titleKeys.lazy.compactMap { object[$0]?.stringValue }.first
            let place = path + (label.map(HeadingPath.cut).map { path.last == $0 ? [] : [$0] } ?? [])
            var lines: [String] = []
            let index = blocks.count
            position += 1
            for member in object {
                skipSpace()
                skipString()
                skipSpace()
                position += 1
                visit(member.value, path: place + [HeadingPath.cut(member.key)])
                if let words = JSONDocumentParser.words(member.value) { lines.append("\(member.key): \(words)") }
                skipSpace()
                position += 1
            }
            if object.isEmpty {
                skipSpace()
                position += 1
            }
            if !lines.isEmpty {
                add(lines.joined(separator: "\n"), path: place, TextSpan(start: start, end: position), at: index)
            }
        }

        private mutating func visitArray(_ elements: [JSON], path: [String], start: Int) {
            position += 1
            // Unless all of it stands in a line of what is around it.
            let isSpread = !JSONDocumentParser.isFlat(elements)
            for element in elements {
                let span = visit(element, path: path.isEmpty ? ["items"] : path)
                if isSpread, let words = JSONDocumentParser.words(element) { add(words, path: path, span) }
                skipSpace()
                position += 1
            }
            if elements.isEmpty {
                skipSpace()
                position += 1
            }
        }

        private mutating func add(_ text: String, path: [String], _ span: TextSpan, at index: Int? = nil) {
            let headings = HeadingPath.cut(path.filter { $0 != "items" })
            let block = TextBlock(headingPath: headings, span: span, text: text, isVerbatim: false)
            blocks.insert(block, at: index ?? blocks.count)
        }

        private mutating func skipSpace() {
            while position < scalars.count, scalars[position].isSpace { position += 1 }
        }

        private mutating func skipString() {
            position += 1
            while position < scalars.count, scalars[position] != "\"" { position += scalars[position] == "\\" ? 2 : 1 }
            position += 1
        }
    }

    private static func isFlat(_ elements: [JSON]) -> Bool {
        !elements.contains { $0.arrayValue != nil || $0.objectValue != nil }
    }

    /// A scalar, or a list of scalars, as words; nil for what has blocks of its own, and for what says nothing.
    private static func words(_ value: JSON) -> String? {
        switch value {
        case .null, .object: return nil
        case .string(let text): return text.allSatisfy(\.isWhitespace) ? nil : text
        case .array(let elements):
            guard isFlat(elements) else { return nil }
            let parts = elements.compactMap(words)
            return parts.isEmpty ? nil : parts.joined(separator: ", ")
        default: return value.text
        }
    }
}
