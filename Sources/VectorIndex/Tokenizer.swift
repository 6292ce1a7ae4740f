import Knowledge

/// Words as the text index compares them.
///
/// Runs of letters and digits (Unicode), lower case, without diacritics, lightly stemmed. Scripts that put no blanks between
/// words (Chinese, Japanese, Thai …) are compared by pairs of characters. No word is left out as a stop word; a word that
/// stands everywhere weighs next to nothing anyway.
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
        var pairs = Pairs()
        for scalar in text.unicodeScalars {
            if scalar.value >= 0x0E00, let letter = Pairs.letter(scalar) {
                flush()
                pairs.take(letter, body)
                continue
            }
            pairs.end(body)
            let value = Self.narrow(scalar.value)
            switch value {
            case 0x61...0x7A, 0x30...0x39: word.append(UInt8(value))
            case 0x41...0x5A: word.append(UInt8(value) | 0x20)
            case 0x27: break
            case 0..<0x80: flush()
            default: if !fold(scalar, into: &word) { flush() }
            }
        }
        flush()
        pairs.end(body)
    }

    /// A letter of ASCII for one of full width.
    private static func narrow(_ scalar: UInt32) -> UInt32 { (0xFF01...0xFF5E).contains(scalar) ? scalar - 0xFEE0 : scalar }

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
        "ð": "d", "Ð": "d", "ı": "i", "ς": "σ",
    ].mapValues { Array($0.utf8) }
}

/// A run of letters without blanks: each two neighbours are a token, and a letter that stands alone.
private struct Pairs {
    private var last: [UInt8] = []
    private var isPaired = false

    /// The letter as it is compared; nil for one of a script whose words are parted.
    static func letter(_ scalar: Unicode.Scalar) -> Unicode.Scalar? {
        guard scalar.isOfUnspacedScript else { return nil }
        let properties = scalar.properties
        guard properties.isAlphabetic || properties.numericType != nil || properties.generalCategory == .nonspacingMark else {
            return nil
        }
        // Kana with and without a voicing mark, however they are composed, and compatibility forms.
        return String(scalar).decomposed.unicodeScalars.first
    }

    mutating func take(_ letter: Unicode.Scalar, _ body: ([UInt8]) -> Void) {
        // The voicing mark of kana by itself: without it they are compared.
        if letter.value == 0x3099 || letter.value == 0x309A { return }
        let bytes = Array(String(letter).utf8)
        if !last.isEmpty {
            body(last + bytes)
            isPaired = true
        }
        last = bytes
    }

    mutating func end(_ body: ([UInt8]) -> Void) {
        guard !last.isEmpty else { return }
        if !isPaired { body(last) }
        (last, isPaired) = ([], false)
    }
}
