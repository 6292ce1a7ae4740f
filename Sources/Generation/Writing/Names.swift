/// The words of a text as names are looked up in it.
struct Names: Sendable {
    private let words: Set<String>

    init(in text: String) {
        words = text.matches(of: Self.word).reduce(into: []) { words, match in
            let word = match.output.lowercased()
            words.insert(word)
            words.formUnion(word.split { $0 == "-" || $0 == "'" || $0 == "’" }.map(String.init))
        }
    }

    func contains(_ name: String) -> Bool {
        let name = name.lowercased()
        if words.contains(name) { return true }
        let parts = name.split { $0 == "-" || $0 == "'" || $0 == "’" }.filter { $0 != "s" }
        if parts.allSatisfy({ words.contains(String($0)) }) { return true }
        // "Kenyas" and "Lattes" for what the passage has in the singular.
        return name.hasSuffix("s") && words.contains(String(name.dropLast()))
    }

    private static var word: Regex<Substring> { /[\p{L}\p{N}]+(?:['’\-][\p{L}\p{N}]+)*/ }

    /// What reads as the name of a product, a place or a person: a word with a capital that no sentence begins with,
    /// and one that mixes letters with digits or inner capitals (`X200`, `iPhone`).
    ///
    /// A line in title case has no names that can be told apart, nor has a language that capitalises every noun: there
    /// only mixed words count.
    static func mentioned(in text: String, language: String) -> [String] {
        let matches = text.matches(of: word)
        let capitals = matches.filter { $0.output.first?.isUppercase == true }.count
        let isTitle = matches.count >= 3 && Double(capitals) / Double(matches.count) > 0.7
        let hasPlainNouns = !isTitle && !nounCapitalising.contains(String(language.prefix(2)).lowercased())
        var names: [String] = []
        var previous = text.startIndex
        for match in matches {
            let gap = text[previous..<match.range.lowerBound]
            previous = match.range.upperBound
            let word = match.output
            let begins = match.range.lowerBound == text.startIndex || gap.contains { !joining.contains($0) }
            if isMixed(word) || hasPlainNouns && !begins && isCapitalised(word) { names.append(String(word)) }
        }
        return names
    }

    /// Between the words of one sentence.
    private static let joining: Set<Character> = [" ", "\u{A0}", ",", "&", "(", ")", "'", "’", "-", "/"]
    private static let nounCapitalising: Set = ["de", "lb"]

    private static func isCapitalised(_ word: Substring) -> Bool {
        guard let first = word.first, first.isUppercase, word.count > 1 else { return false }
        // A word that shouts is no name.
        return word.contains(where: \.isLowercase) && !known.contains(word.lowercased())
    }

    private static func isMixed(_ word: Substring) -> Bool {
        guard word.first?.isLetter == true else { return false }
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
