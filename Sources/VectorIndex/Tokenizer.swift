/// Words as the text index compares them.
///
/// Runs of letters and digits (Unicode), lower case, without diacritics, lightly stemmed. No word is left out as a stop
/// word; a word that stands everywhere weighs next to nothing anyway.
package enum Tokenizer {
    package static func tokens(of text: String, _ language: Language = .english) -> [String] {
        var tokens: [String] = []
        forEachToken(of: text, language) { tokens.append(String(decoding: $0, as: UTF8.self)) }
        return tokens
    }

    /// Gives each word's UTF-8 to `body`.
    static func forEachToken(of text: String, _ language: Language, _ body: ([UInt8]) -> Void) {
        var word: [UInt8] = []
        func flush() {
            guard !word.isEmpty else { return }
            Stemmer.stem(&word, language)
            body(word)
            word.removeAll(keepingCapacity: true)
        }
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x61...0x7A, 0x30...0x39: word.append(UInt8(scalar.value))
            case 0x41...0x5A: word.append(UInt8(scalar.value) | 0x20)
            case 0x27: break
            case 0..<0x80: flush()
            default: if !fold(scalar, into: &word) { flush() }
            }
        }
        flush()
    }

    /// Appends what the letter or digit is compared as; false for what parts words.
    private static func fold(_ scalar: Unicode.Scalar, into word: inout [UInt8]) -> Bool {
        for part in String(scalar).decomposed.unicodeScalars {
            if let letters = typed[part] {
                word += letters
                continue
            }
            let properties = part.properties
            if properties.isAlphabetic || properties.numericType != nil {
                word += properties.lowercaseMapping.utf8
            } else if properties.generalCategory != .nonspacingMark, part != "’", part != "\u{AD}" {
                return false
            }
            // Diacritics, apostrophes and soft hyphens are inside of words and do not count.
        }
        return true
    }

    /// What Unicode does not take apart is compared as what people type instead.
    private static let typed: [Unicode.Scalar: [UInt8]] = [
        "ø": "o", "Ø": "o", "æ": "ae", "Æ": "ae", "œ": "oe", "Œ": "oe", "ß": "ss", "ẞ": "ss", "ł": "l", "Ł": "l", "đ": "d", "Đ": "d",
        "ð": "d", "Ð": "d", "ı": "i",
    ].mapValues { Array($0.utf8) }
}
