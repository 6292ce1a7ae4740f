/// Words as the text index compares them.
///
/// Runs of letters and digits (Unicode), lower case, without diacritics, lightly stemmed: plurals and the English
/// endings -ed and -ing (steps 1a to 1c of M. F. Porter, "An algorithm for suffix stripping", 1980). No word is left
/// out as a stop word; a word that stands everywhere weighs next to nothing anyway.
package enum Tokenizer {
    package static func tokens(of text: String) -> [String] {
        var tokens: [String] = []
        var word = String.UnicodeScalarView()
        func flush() {
            if !word.isEmpty { tokens.append(Stemmer.stem(String(word))) }
            word = String.UnicodeScalarView()
        }
        for scalar in text.decomposedForSearch {
            let properties = scalar.properties
            if properties.isAlphabetic || properties.numericType != nil {
                word.append(contentsOf: properties.lowercaseMapping.unicodeScalars)
            } else if properties.generalCategory == .nonspacingMark || scalar == "'" || scalar == "’" || scalar == "\u{AD}" {
                // Diacritics, apostrophes and soft hyphens are inside of words and do not count.
                continue
            } else {
                flush()
            }
        }
        flush()
        return tokens
    }
}

extension String {
    /// Letters apart from their marks; what Unicode does not take apart is folded to what people type instead.
    fileprivate var decomposedForSearch: String.UnicodeScalarView {
        var result = String.UnicodeScalarView()
        for scalar in decomposed.unicodeScalars {
            switch scalar {
            case "ø", "Ø": result.append("o")
            case "æ", "Æ": result.append(contentsOf: "ae".unicodeScalars)
            case "ß": result.append(contentsOf: "ss".unicodeScalars)
            case "ł", "Ł": result.append("l")
            case "đ", "Đ", "ð", "Ð": result.append("d")
            case "ı": result.append("i")
            default: result.append(scalar)
            }
        }
        return result
    }
}

/// Steps 1a, 1b and 1c of Porter's algorithm; words with other letters than a to z stay as they are.
enum Stemmer {
    static func stem(_ word: String) -> String {
        var letters = Array(word.utf8)
        guard letters.count > 2, letters.allSatisfy({ (97...122).contains($0) }) else { return word }
        removePlural(&letters)
        removePast(&letters)
        if letters.last == UInt8(ascii: "y"), hasVowel(letters.dropLast()) { letters[letters.count - 1] = UInt8(ascii: "i") }
        return String(decoding: letters, as: UTF8.self)
    }

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
        for suffix in ["ed", "ing"] where ends(word, suffix) {
            guard hasVowel(word.dropLast(suffix.utf8.count)) else { return }
            word.removeLast(suffix.utf8.count)
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

    private static func ends(_ word: [UInt8], _ suffix: String) -> Bool { word.suffix(suffix.utf8.count).elementsEqual(suffix.utf8) }

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
