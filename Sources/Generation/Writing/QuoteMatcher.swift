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
        guard !quote.isEmpty else { return nil }
        if contains(passage, quote) { return quote }
        let (needle, _) = folded(quote)
        let (haystack, places) = folded(passage)
        guard !needle.isEmpty, needle.count <= haystack.count else { return nil }
        for start in 0...(haystack.count - needle.count) where haystack[start] == needle[0] {
            if haystack[start..<start + needle.count].elementsEqual(needle) {
                let last = places[start + needle.count - 1]
                return String(passage[places[start]..<passage.index(after: last)])
            }
        }
        return nil
    }

    private static func trimmed(_ text: String) -> Substring {
        let rest = text.drop(while: \.isWhitespace)
        guard let last = rest.lastIndex(where: { !$0.isWhitespace }) else { return rest[rest.endIndex...] }
        return rest[...last]
    }

    /// Byte by byte where each is a character; elsewhere a letter could be found without its accent.
    private static func contains(_ passage: String, _ quote: String) -> Bool {
        guard passage.utf8.allSatisfy({ (1..<0x80).contains($0) }), !quote.utf8.contains(0) else { return passage.contains(quote) }
        return passage.withCString { passage in quote.withCString { strstr(passage, $0) != nil } }
    }

    /// Characters as they are compared, each with its place.
    private static func folded(_ text: String) -> (characters: [Character], places: [String.Index]) {
        var characters: [Character] = []
        var places: [String.Index] = []
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
        while characters.last == " " {
            characters.removeLast()
            places.removeLast()
        }
        return (characters, places)
    }

    private static let same: [Character: Character] = [
        "“": "\"", "”": "\"", "„": "\"", "«": "\"", "»": "\"", "‘": "'", "’": "'", "‚": "'", "–": "-", "—": "-", "‑": "-", "−": "-",
    ]
}
