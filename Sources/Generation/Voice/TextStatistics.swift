import Knowledge

/// What can be counted in a text, by the rules that reference works give.
struct TextStatistics {
    /// Words of each sentence, in their order.
    let sentenceLengths: [Int]
    private let words: [Substring]
    private let text: String

    init(_ text: String) {
        self.text = text
        let sentences = Self.sentences(of: text).map(Self.words).filter { !$0.isEmpty }
        words = Array(sentences.joined())
        sentenceLengths = sentences.map(\.count)
    }

    var meanSentenceLength: Double { sentenceLengths.isEmpty ? 0 : Double(words.count) / Double(sentenceLengths.count) }

    /// LIX (Björnsson 1968): words a sentence, and words of more than six letters in a hundred. It needs no syllables, so
    /// it reads any alphabetic language: below 30 is a children's book, 40 a newspaper, 60 a law.
    var readingLevel: Double {
        guard !words.isEmpty else { return 0 }
        let long = words.count { $0.utf8.count > 6 && $0.count(where: \.isAnyLetter) > 6 }
        return meanSentenceLength + 100 * Double(long) / Double(words.count)
    }

    /// Characters that are shown as a picture (UTS 51).
    var emoji: Int {
        text.count { character in
            guard !character.isASCII, let first = character.unicodeScalars.first, first.properties.isEmoji else { return false }
            return first.properties.isEmojiPresentation || character.unicodeScalars.contains { $0.value == 0xFE0F || $0.value == 0x20E3 }
        }
    }

    /// How often the text says I, we and you; nil for a language whose pronouns are not known here.
    func persons(language: String) -> Post.Voice.Persons? {
        guard let pronouns = Self.pronouns[String(language.prefix(2)).lowercased()] else { return nil }
        var persons = Post.Voice.Persons()
        for word in words {
            let stem = word.split { $0 == "'" || $0 == "’" }.first ?? ""
            guard stem.utf8.count <= Self.longestPronoun else { continue }
            let word = stem.lowercased()
            if pronouns.0.contains(word) { persons.firstSingular += 1 }
            if pronouns.1.contains(word) { persons.firstPlural += 1 }
            if pronouns.2.contains(word) { persons.second += 1 }
        }
        return persons
    }

    /// In bytes.
    private static let longestPronoun = 16

    private static let pronouns: [String: (Set<String>, Set<String>, Set<String>)] = {
        let scandinavian: (Set<String>, Set<String>, Set<String>) = (
            ["jeg", "meg", "mig", "min", "mitt", "mit", "mine"], ["vi", "oss", "os", "vår", "vårt", "våre", "vores"],
            ["du", "deg", "dig", "din", "ditt", "dit", "dine", "dere", "deres"]
        )
        return [
            "en": (
                ["i", "me", "my", "mine", "myself"], ["we", "us", "our", "ours", "ourselves"],
                ["you", "your", "yours", "yourself", "yourselves"]
            ),
            "de": (
                ["ich", "mich", "mir", "mein", "meine", "meinen", "meiner"], ["wir", "uns", "unser", "unsere", "unseren", "unserer"],
                ["du", "dich", "dir", "dein", "deine", "deinen", "euch", "euer", "eure"]
            ), "no": scandinavian, "nb": scandinavian, "da": scandinavian,
            "sv": (
                ["jag", "mig", "min", "mitt", "mina"], ["vi", "oss", "vår", "vårt", "våra"],
                ["du", "dig", "din", "ditt", "dina", "ni", "er"]
            ),
        ]
    }()

    private static func words(of text: Substring) -> [Substring] {
        text.split { !$0.isWordPart && $0 != "'" && $0 != "’" && $0 != "-" }.filter { $0.contains(where: \.isWordPart) }
    }

    /// A sentence ends with its mark before white space, and with its line.
    private static func sentences(of text: String) -> [Substring] {
        var sentences: [Substring] = []
        for line in text.split(whereSeparator: \.isNewline) {
            var start = line.startIndex
            for index in line.indices where ".!?…".contains(line[index]) {
                let next = line.index(after: index)
                guard next == line.endIndex || line[next].isWhitespace else { continue }
                sentences.append(line[start..<next])
                start = next
            }
            if start < line.endIndex { sentences.append(line[start...]) }
        }
        return sentences
    }
}
