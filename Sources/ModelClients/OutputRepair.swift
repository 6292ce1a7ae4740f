import JSON

/// Reads JSON out of what a model wrote: first as it stands, then with the usual slips mended.
enum OutputRepair {
    /// - Throws: `JSONSyntaxError` of the text as it stands, when no mending helps.
    static func parse(_ text: String) throws(JSONSyntaxError) -> JSON {
        do {
            return try JSON(parsing: text)
        } catch {
            for candidate in [outermost(text), outermost(text).map(mended)] {
                if let candidate, let value = try? JSON(parsing: candidate) { return value }
            }
            throw error
        }
    }

    /// From the first brace or bracket to the last: drops code fences and prose around the value.
    private static func outermost(_ text: String) -> String? {
        guard let start = text.firstIndex(where: { $0 == "{" || $0 == "[" }) else { return nil }
        let closing: Character = text[start] == "{" ? "}" : "]"
        guard let end = text.lastIndex(of: closing), end > start else { return nil }
        return String(text[start...end])
    }

    /// Escapes raw line breaks in strings and drops commas before a closing bracket.
    private static func mended(_ text: String) -> String {
        var result = ""
        var isInString = false
        var isEscaped = false
        for character in text {
            if isInString {
                switch character {
                case _ where isEscaped: isEscaped = false
                case "\\": isEscaped = true
                case "\"": isInString = false
                case "\n", "\r\n":
                    result += "\\n"
                    continue
                case "\t":
                    result += "\\t"
                    continue
                default: break
                }
            } else if character == "\"" {
                isInString = true
            } else if character == "}" || character == "]" {
                while let last = result.last, last.isWhitespace || last == "," { result.removeLast() }
            }
            result.append(character)
        }
        return result
    }
}
