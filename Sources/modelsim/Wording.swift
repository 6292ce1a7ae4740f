/// Turns sentences into the other kinds of wording that posts need: titles, tags, calls to action.
enum Wording {
    static let leadIns = [
        "Good to know:", "Worth remembering:", "From the workshop:", "A small detail that matters:", "Did you know?",
        "Short and simple:", "Straight from our notes:", "People often ask.", "One for your list:", "What we stand by:",
    ]

    static let callsToAction = [
        "Tell us what you think", "Save this for later", "See how it works", "Find out more", "Ask us anything",
        "Share it with a friend", "Take a closer look", "Read the full story",
    ]

    /// Whether English lead-ins suit the text.
    static func isEnglish(_ text: String) -> Bool {
        text.split(separator: " ").contains { ["the", "a", "and", "of", "is", "are", "you", "your", "with"].contains($0) }
    }

    /// Stands in where a prompt holds no text at all.
    static let placeholder = "There is nothing to say about this yet."

    /// The sentence without emphasis, code marks, table bars and link targets.
    static func cleaned(_ text: String) -> String {
        guard text.utf8.contains(where: isMark) else { return text }
        var cleaned: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "*"), UInt8(ascii: "`"), UInt8(ascii: "["): continue
            case UInt8(ascii: "_") where rest.first == byte: rest.removeFirst()
            case UInt8(ascii: "]") where rest.first == UInt8(ascii: "("):
                rest = rest.firstIndex(of: UInt8(ascii: ")")).map { rest[($0 + 1)...] } ?? []
            case UInt8(ascii: "]"): continue
            case UInt8(ascii: "|"):
                if cleaned.last == 0x20 { cleaned.removeLast() }
                cleaned.append(UInt8(ascii: ":"))
            default: cleaned.append(byte)
            }
        }
        return String(decoding: cleaned, as: UTF8.self)
    }

    private static func isMark(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "*"), UInt8(ascii: "`"), UInt8(ascii: "["), UInt8(ascii: "|"), UInt8(ascii: "_"): true
        default: false
        }
    }

    /// The words, without punctuation at their ends.
    static func words(of text: String) -> [String] {
        cleaned(text).unicodeScalars.split(whereSeparator: { $0 == " " || $0 == "\n" }).compactMap { word in
            guard let first = word.firstIndex(where: isWordPart), let last = word.lastIndex(where: isWordPart) else { return nil }
            return String(word[first...last])
        }
    }

    private static func isWordPart(_ scalar: UnicodeScalar) -> Bool { isLetter(scalar) || isDigit(scalar) }

    private static func isDigit(_ scalar: UnicodeScalar) -> Bool {
        scalar.isASCII ? (0x30...0x39).contains(scalar.value) : scalar.properties.numericType != nil
    }

    /// Asks Unicode's tables only about what is not ASCII.
    private static func isLetter(_ scalar: UnicodeScalar) -> Bool {
        scalar.isASCII ? (0x61...0x7A).contains(scalar.value | 0x20) : scalar.properties.isAlphabetic
    }

    static func isContentWord(_ word: String) -> Bool {
        word.utf8.count >= 4 && word.unicodeScalars.allSatisfy(isLetter) && !stopWords.contains(word.lowercased())
    }

    /// Two sentences one after the other, with a full stop between them if there is none.
    static func joined(_ first: String, _ second: String) -> String {
        first + (first.unicodeScalars.last.map(closingMarks.contains) ?? true ? " " : ". ") + second
    }

    /// Whether a sentence leans on the one before it and makes little sense alone.
    static func isDangling(_ sentence: String) -> Bool {
        danglingStarts.contains(String(sentence.unicodeScalars.prefix(while: isLetter)).lowercased())
    }

    /// Two to four words of the sentence, capitalised, the first and the last of which mean something; else one word.
    static func title(from sentence: String, startingAt offset: Int = 0) -> String {
        let all = words(of: sentence)
        let starts = all.indices.filter { isContentWord(all[$0]) }
        let pairs = starts.filter { $0 + 1 < all.count && isContentWord(all[$0 + 1]) }
        let choices = pairs.isEmpty ? starts : pairs
        guard !choices.isEmpty else { return capitalised(all.prefix(4)) }
        var phrase = all[choices[offset % choices.count]...].prefix(4).prefix { !$0.unicodeScalars.contains(where: isDigit) }
        while let last = phrase.last, !isContentWord(last) { phrase.removeLast() }
        return capitalised(phrase)
    }

    private static func capitalised(_ words: some Sequence<String>) -> String {
        words.map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined(separator: " ")
    }

    /// Tags of letters only: single words, and now and then two neighbours in lower CamelCase.
    static func tags(from sentence: String) -> [String] {
        let all = words(of: sentence)
        return all.indices.flatMap { index -> [String] in
            guard isContentWord(all[index]) else { return [] }
            let single = all[index].lowercased()
            guard index + 1 < all.count, isContentWord(all[index + 1]), single.count + all[index + 1].count <= 22 else {
                return [single]
            }
            return [single + capitalised([all[index + 1].lowercased()]), single]
        }
    }

    private static let danglingStarts: Set<String> = [
        "and", "both", "but", "earlier", "he", "it", "its", "neither", "or", "she", "so", "such", "that", "their", "them",
        "then", "these", "they", "this", "those",
    ]

    private static let closingMarks = Array(".!?\"')”".unicodeScalars)

    private static let stopWords: Set<String> = [
        "about", "after", "again", "also", "because", "been", "before", "being", "below", "both", "could", "does", "each",
        "every", "from", "have", "here", "into", "itself", "just", "less", "like", "made", "make", "more", "most", "much",
        "must", "never", "none", "once", "only", "other", "ours", "over", "said", "same", "should", "some", "such", "than",
        "that", "their", "them", "then", "there", "these", "they", "this", "those", "through", "under", "until", "very",
        "want", "well", "were", "what", "when", "where", "which", "while", "will", "with", "within", "without", "would",
        "your", "yours",
    ]
}
