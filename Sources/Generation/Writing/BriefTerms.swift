import Knowledge

/// The words of a text that say what it is about.
///
/// Where a script puts no blanks between words, each few neighbouring letters stand for one: two of Han and kana, of which one
/// at least is no hiragana (those are mostly grammar), four of Thai and its neighbours.
enum BriefTerms {
    /// Each once, in their order.
    static func terms(of text: String) -> [String] {
        var seen: Set<String> = []
        return words(of: text).filter { isTelling($0) && seen.insert(stem($0)).inserted }
    }

    /// What a text's words are compared as.
    static func stems(of text: String) -> Set<String> { Set(words(of: text).map(stem)) }

    /// Endings of most European languages lie behind the fifth letter, Korean's particles behind the second syllable.
    static func stem(_ word: String) -> String { String(word.prefix(isHangul(word) ? 2 : 5)) }

    /// Terms as they are shown: neighbours of one run are put together again.
    static func shown(_ terms: [String]) -> [String] {
        var shown: [String] = []
        for term in terms {
            if let last = shown.last, term.unicodeScalars.first?.isOfUnspacedScript == true, last.hasSuffix(term.dropLast()) {
                shown[shown.count - 1].append(contentsOf: term.suffix(1))
            } else {
                shown.append(term)
            }
        }
        return shown
    }

    private static func words(of text: String) -> [String] {
        text.lowercased().split { !$0.isWordPart }.flatMap(parts)
    }

    /// The word itself, or each few neighbours of its runs without blanks.
    private static func parts(of word: Substring) -> [String] {
        guard !word.utf8.allSatisfy({ $0 < 0x80 }) else { return [String(word)] }
        var parts: [String] = []
        var rest = word[...]
        while let first = rest.first {
            let width = width(of: first)
            let run = rest.prefix { Self.width(of: $0) == width }
            rest = rest[run.endIndex...]
            guard let width, run.count > width else {
                parts.append(String(run))
                continue
            }
            let letters = Array(run)
            parts += (0...(letters.count - width)).map { String(letters[$0..<($0 + width)]) }
        }
        return parts
    }

    /// How many neighbours of the letter's script stand for a word; nil where words are parted.
    private static func width(of letter: Character) -> Int? {
        guard let scalar = letter.unicodeScalars.first else { return nil }
        return scalar.isIdeographOrKana ? 2 : scalar.isSoutheastAsian ? 4 : nil
    }

    private static func isTelling(_ word: String) -> Bool {
        guard let first = word.unicodeScalars.first else { return false }
        if first.isIdeographOrKana { return word.count > 1 && word.unicodeScalars.contains { !(0x3041...0x309F).contains($0.value) } }
        return word.count > (isHangul(word) ? 1 : 3) && !common.contains(word)
    }

    private static func isHangul(_ word: String) -> Bool {
        guard let first = word.unicodeScalars.first?.value else { return false }
        // Syllables, and the letters that they are composed of.
        return (0xAC00...0xD7FF).contains(first) || (0x1100...0x11FF).contains(first) || (0xA960...0xA97F).contains(first)
    }

    private static let common: Set<String> = [
        "about", "after", "also", "announce", "announcing", "because", "been", "before", "being", "brand", "brief", "customers", "does",
        "everyone", "every", "explain", "from", "come", "comes", "good", "have", "here", "highlight", "into", "introduce", "just", "like",
        "make", "makes", "many",
        "more", "most", "much", "only", "other", "ours", "over", "people", "post", "posts", "presents", "promote", "share", "show", "some",
        "such", "tell", "than", "that", "their", "them", "then", "there", "these", "they", "this", "those", "what", "when", "where",
        "which", "while", "will", "with", "without", "would", "write", "your", "yours",
    ]
}
