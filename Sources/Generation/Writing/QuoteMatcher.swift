#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Finds a model's quote in a passage.
enum QuoteMatcher {
    /// The passage's own words for the quote: the quote itself when it stands there word for word, else the
    /// stretch that differs only in white space, case, and the shape of quotation marks and dashes; else nil.
    static func exactWords(of quote: String, in passage: String) -> String? {
        let quote = String(trimmed(quote))
        // A single letter stands in every passage.
        guard quote.count(where: { $0.isLetter || $0.isNumber }) > 1 else { return nil }
        if contains(passage, quote) { return quote }
        let needle = Pattern(folded(quote).characters)
        let (haystack, places) = folded(passage)
        guard let start = needle.first(in: haystack) else { return nil }
        return String(passage[places[start]..<passage.index(after: places[start + needle.count - 1])])
    }

    /// Those of the quotes that stand in one of the passages, each of which is made ready once at most.
    static func standing(_ quotes: Set<String>, in passages: [String]) throws(CancellationError) -> Set<String> {
        func isThere(_ quote: String) -> Bool {
            let quote = String(trimmed(quote))
            return !quote.isEmpty && passages.contains { contains($0, quote) }
        }
        var standing = quotes.filter(isThere)
        var missing = quotes.subtracting(standing).map { (quote: $0, pattern: Pattern(folded($0).characters)) }
        for passage in passages where !missing.isEmpty {
            if Task.isCancelled { throw CancellationError() }
            let haystack = folded(passage).characters
            missing.removeAll { quote, pattern in
                guard pattern.first(in: haystack) != nil else { return false }
                standing.insert(quote)
                return true
            }
        }
        return standing
    }

    private static func trimmed(_ text: String) -> Substring {
        let rest = text.drop(while: \.isWhitespace)
        guard let last = rest.lastIndex(where: { !$0.isWhitespace }) else { return rest[rest.endIndex...] }
        return rest[...last]
    }

    /// Byte by byte, and character by character where one has several: a letter could be found without its accent.
    private static func contains(_ passage: String, _ quote: String) -> Bool {
        guard !quote.utf8.contains(0), passage.withCString({ passage in quote.withCString { strstr(passage, $0) != nil } }) else {
            return false
        }
        return passage.utf8.allSatisfy { $0 < 0x80 } || Pattern(Array(quote)).first(in: Array(passage)) != nil
    }

    /// Characters as they are compared, each with its place.
    private static func folded(_ text: String) -> (characters: [Character], places: [String.Index]) {
        var characters: [Character] = []
        var places: [String.Index] = []
        characters.reserveCapacity(text.utf8.count)
        places.reserveCapacity(text.utf8.count)
        if text.utf8.allSatisfy({ $0 < 0x80 }) {
            foldASCII(text, into: &characters, &places)
        } else {
            fold(text, into: &characters, &places)
        }
        while characters.last == " " {
            characters.removeLast()
            places.removeLast()
        }
        return (characters, places)
    }

    /// As `fold`, byte by byte.
    private static func foldASCII(_ text: String, into characters: inout [Character], _ places: inout [String.Index]) {
        for index in text.utf8.indices {
            let byte = text.utf8[index]
            if byte == 0x20 || (0x09...0x0D).contains(byte) {
                guard let last = characters.last, last != " " else { continue }
                characters.append(" ")
            } else {
                characters.append(Character(Unicode.Scalar((0x41...0x5A).contains(byte) ? byte | 0x20 : byte)))
            }
            places.append(index)
        }
    }

    private static func fold(_ text: String, into characters: inout [Character], _ places: inout [String.Index]) {
        for index in text.indices {
            let character = text[index]
            if character.isWhitespace {
                guard let last = characters.last, last != " " else { continue }
                characters.append(" ")
            } else {
                characters.append(same[character] ?? Character(String(character.lowercased().first ?? character)))
            }
            places.append(index)
        }
    }

    private static let same: [Character: Character] = [
        "“": "\"", "”": "\"", "„": "\"", "«": "\"", "»": "\"", "‘": "'", "’": "'", "‚": "'", "–": "-", "—": "-", "‑": "-", "−": "-",
    ]
}
