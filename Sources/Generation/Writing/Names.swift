/// The words of a text as names are looked up in it.
struct Names: Sendable {
    private let words: Set<String>

    init(in text: String) {
        let characters = Array(text)
        words = Self.words(in: characters).reduce(into: []) { words, range in
            let word = String(characters[range]).lowercased()
            words.insert(word)
            if characters[range].contains(where: Self.joins) { words.formUnion(word.split(whereSeparator: Self.joins).map(String.init)) }
        }
    }

    func contains(_ name: String) -> Bool {
        let name = name.lowercased()
        if words.contains(name) { return true }
        let parts = name.split(whereSeparator: Self.joins).filter { $0 != "s" }
        if parts.allSatisfy({ words.contains(String($0)) }) { return true }
        // "Kenyas" and "Lattes" for what the passage has in the singular.
        return name.hasSuffix("s") && words.contains(String(name.dropLast()))
    }

    private static func joins(_ character: Character) -> Bool { character == "-" || character == "'" || character == "’" }

    /// Letters and numbers, and those that one hyphen or apostrophe joins.
    private static func words(in text: [Character]) -> [Range<Int>] {
        func isPart(_ index: Int) -> Bool { index < text.count && text[index].isWordPart }
        var (found, index) = ([Range<Int>](), 0)
        while index < text.count {
            let start = index
            while isPart(index) || index > start && isPart(index + 1) && joins(text[index]) { index += 1 }
            if index > start { found.append(start..<index) } else { index += 1 }
        }
        return found
    }

    /// What reads as the name of a product, a place or a person: a word with a capital that no sentence begins with,
    /// and one that mixes letters with digits or inner capitals (`X200`, `iPhone`).
    ///
    /// A line in title case has no names that can be told apart, nor has a language that capitalises every noun: there
    /// only mixed words count.
    static func mentioned(in text: String, language: String) -> [String] {
        let text = Array(text)
        let words = words(in: text)
        let capitals = words.count { text[$0.lowerBound].isUppercase }
        let isTitle = words.count >= 3 && Double(capitals) / Double(words.count) > 0.7
        let hasPlainNouns = !isTitle && !nounCapitalising.contains(String(language.prefix(2)).lowercased())
        var names: [String] = []
        var previous = 0
        for range in words {
            let gap = text[previous..<range.lowerBound]
            previous = range.upperBound
            let word = text[range]
            let begins = range.lowerBound == 0 || gap.contains { !joining.contains($0) }
            if isMixed(word) || hasPlainNouns && !begins && isCapitalised(word) { names.append(String(word)) }
        }
        return names
    }

    /// Between the words of one sentence.
    private static let joining: Set<Character> = [" ", "\u{A0}", ",", "&", "(", ")", "'", "’", "-", "/"]
    private static let nounCapitalising: Set = ["de", "lb"]

    private static func isCapitalised(_ word: ArraySlice<Character>) -> Bool {
        guard let first = word.first, first.isUppercase, word.count > 1 else { return false }
        // A word that shouts is no name.
        return word.contains(where: \.isLowercase) && !known.contains(String(word).lowercased())
    }

    private static func isMixed(_ word: ArraySlice<Character>) -> Bool {
        // Scripts without capitals write words and numbers together.
        guard let first = word.first, first.isLetter, first.isCased else { return false }
        return word.contains(where: \.isNumber) || word.dropFirst().contains(where: \.isUppercase) && word.contains(where: \.isLowercase)
    }

    /// Capitalised without being anybody's name.
    private static let known: Set<String> = [
        "i'm", "i’m", "i'll", "i’ll", "i've", "i’ve", "i'd", "i’d", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday",
        "sunday", "mondays", "tuesdays", "wednesdays", "thursdays", "fridays", "saturdays", "sundays", "january", "february", "march",
        "april", "may", "june", "july", "august", "september", "october", "november", "december", "christmas", "easter", "advent",
        "instagram", "linkedin", "facebook", "tiktok", "threads", "english", "norwegian", "danish", "swedish", "german", "french",
        "spanish", "italian", "european", "dm", "dms",
    ]
}
