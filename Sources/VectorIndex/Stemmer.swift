/// Takes the commonest endings off words, which are in lower case and without diacritics.
///
/// English has steps 1a, 1b and 1c of M. F. Porter, "An algorithm for suffix stripping" (1980). The others lose the longest
/// of a few inflectional endings, as the light stemmers of J. Savoy do ("Light stemming approaches for the French,
/// Portuguese, German and Hungarian languages", 2006): plurals, cases and genders, never what makes another word.
enum Stemmer {
    /// Bytes of the longest word that has an ending; longer ones are no words.
    private static let longestWord = 64

    static func stem(_ word: inout [UInt8], _ language: Language) {
        guard (3...longestWord).contains(word.count), word.allSatisfy({ (97...122).contains($0) }) else { return }
        switch language {
        case .english:
            removePlural(&word)
            removePast(&word)
            if word.last == UInt8(ascii: "y"), hasVowel(word.dropLast()) { word[word.count - 1] = UInt8(ascii: "i") }
        case .other: break
        default: removeEnding(&word, endings[language] ?? [])
        }
    }

    // MARK: By a list of endings

    /// What must be left of a word.
    private static let leastStem = 4

    /// Longest first.
    private static let endings: [Language: [[UInt8]]] = [
        .german: ["ern", "em", "er", "en", "es", "e", "n", "s"],
        .norwegian: ["hetene", "heten", "enes", "ene", "ane", "ers", "ens", "ets", "en", "et", "er", "ar", "a", "e", "s"],
        .danish: ["hederne", "heden", "ernes", "erne", "ene", "ens", "ets", "ers", "en", "et", "er", "e", "s"],
        .swedish: [
            "heterna", "heten", "arnas", "ernas", "ornas", "arna", "erna", "orna", "ens", "ets", "ar", "er", "or", "en", "et", "a", "e",
            "s",
        ],
        .dutch: ["heden", "eren", "ens", "en", "es", "e", "s"],
        .french: ["euses", "euse", "eaux", "aux", "es", "e", "s", "x"],
        .spanish: ["es", "as", "os", "a", "o", "e", "s"],
        .portuguese: ["oes", "aes", "es", "as", "os", "a", "o", "e", "s"],
        .italian: ["a", "e", "i", "o"],
    ].mapValues { $0.map { Array($0.utf8) } }

    private static func removeEnding(_ word: inout [UInt8], _ endings: [[UInt8]]) {
        guard let ending = endings.first(where: { word.count - $0.count >= leastStem && word.suffix($0.count).elementsEqual($0) })
        else { return }
        word.removeLast(ending.count)
    }

    // MARK: English

    private static func removePlural(_ word: inout [UInt8]) {
        if ends(word, "sses") || ends(word, "ies") {
            word.removeLast(2)
        } else if word.last == UInt8(ascii: "s"), !ends(word, "ss") {
            word.removeLast()
        }
    }

    private static func removePast(_ word: inout [UInt8]) {
        if ends(word, "eed") {
            if measure(word.dropLast(3)) > 0 { word.removeLast() }
            return
        }
        for suffix: StaticString in ["ed", "ing"] where ends(word, suffix) {
            guard hasVowel(word.dropLast(suffix.utf8CodeUnitCount)) else { return }
            word.removeLast(suffix.utf8CodeUnitCount)
            if ends(word, "at") || ends(word, "bl") || ends(word, "iz") {
                word.append(UInt8(ascii: "e"))
            } else if let last = word.last, word.count > 1, last == word[word.count - 2], isConsonant(word[...], word.count - 1),
                !"lsz".utf8.contains(last)
            {
                word.removeLast()
            } else if measure(word[...]) == 1, endsShort(word) {
                word.append(UInt8(ascii: "e"))
            }
            return
        }
    }

    private static func ends(_ word: [UInt8], _ suffix: StaticString) -> Bool {
        suffix.withUTF8Buffer { word.count >= $0.count && word.suffix($0.count).elementsEqual($0) }
    }

    private static func isConsonant(_ word: ArraySlice<UInt8>, _ index: Int) -> Bool {
        switch word[index] {
        case UInt8(ascii: "a"), UInt8(ascii: "e"), UInt8(ascii: "i"), UInt8(ascii: "o"), UInt8(ascii: "u"): false
        case UInt8(ascii: "y"): index == word.startIndex || !isConsonant(word, index - 1)
        default: true
        }
    }

    private static func hasVowel(_ word: ArraySlice<UInt8>) -> Bool { word.indices.contains { !isConsonant(word, $0) } }

    /// How many times vowels are followed by consonants.
    private static func measure(_ word: ArraySlice<UInt8>) -> Int {
        var count = 0
        var wasVowel = false
        for index in word.indices {
            let isVowel = !isConsonant(word, index)
            if wasVowel, !isVowel { count += 1 }
            wasVowel = isVowel
        }
        return count
    }

    /// Consonant, vowel, consonant, the last not w, x or y: hop, but not snow.
    private static func endsShort(_ word: [UInt8]) -> Bool {
        let end = word.count - 1
        guard end >= 2 else { return false }
        return isConsonant(word[...], end) && !isConsonant(word[...], end - 1) && isConsonant(word[...], end - 2)
            && !"wxy".utf8.contains(word[end])
    }
}
