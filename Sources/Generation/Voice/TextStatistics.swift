import Knowledge

/// What can be counted in a text, by the rules that reference works give.
struct TextStatistics {
    /// Words of each sentence, in their order.
    let sentenceLengths: [Int]
    private let words: [Substring]
    private let text: String

    init(_ text: String) {
        self.text = text
        words = Self.words(of: text[...])
        sentenceLengths = Self.sentences(of: text).map { Self.words(of: $0).count }.filter { $0 > 0 }
    }

    var meanSentenceLength: Double { sentenceLengths.isEmpty ? 0 : Double(words.count) / Double(sentenceLengths.count) }

    /// LIX (Björnsson 1968): words a sentence, and words of more than six letters in a hundred. It needs no syllables, so
    /// it reads any alphabetic language: below 30 is a children's book, 40 a newspaper, 60 a law.
    var readingLevel: Double {
        guard !words.isEmpty else { return 0 }
        let long = words.filter { $0.filter(\.isLetter).count > 6 }.count
        return meanSentenceLength + 100 * Double(long) / Double(words.count)
    }

    /// Characters that are shown as a picture (UTS 51).
    var emoji: Int {
        text.filter { character in
            guard let first = character.unicodeScalars.first, first.properties.isEmoji else { return false }
            return first.properties.isEmojiPresentation || character.unicodeScalars.contains { $0.value == 0xFE0F || $0.value == 0x20E3 }
        }.count
    }

    /// How often the text says I, we and you; nil for a language whose pronouns are not known here.
    func persons(language: String) -> Post.Voice.Persons? {
        guard let pronouns = Self.pronouns[String(language.prefix(2)).lowercased()] else { return nil }
        var persons = Post.Voice.Persons()
        for word in words {
            let word = word.lowercased().split { $0 == "'" || $0 == "’" }.first.map(String.init) ?? ""
            if pronouns.0.contains(word) { persons.firstSingular += 1 }
            if pronouns.1.contains(word) { persons.firstPlural += 1 }
            if pronouns.2.contains(word) { persons.second += 1 }
        }
        return persons
    }

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

/// A text as the set of its runs of three words.
struct Shingles: Sendable {
    /// Hashes of the runs: two that are equal by chance (64 bits) would count as one.
    private let runs: Set<UInt64>

    init(_ text: String) {
        let words = Self.words(of: text)
        let count = max(1, words.count - 2)
        runs = words.isEmpty ? [] : Set((0..<count).map { words[$0..<min($0 + 3, words.count)].reduce(Self.basis, Self.mixed) })
    }

    // FNV-1a (Fowler, Noll, Vo), by scalars.
    private static let basis: UInt64 = 0xCBF2_9CE4_8422_2325
    private static func mixed(_ hash: UInt64, _ value: UInt64) -> UInt64 { (hash ^ value) &* 0x100_0000_01B3 }

    /// A hash of each word, whatever its case.
    private static func words(of text: String) -> [UInt64] {
        var (words, word) = ([UInt64](), basis)
        for scalar in text.lowercased().unicodeScalars {
            if isPart(scalar) {
                word = mixed(word, UInt64(scalar.value))
            } else if word != basis {
                words.append(word)
                word = basis
            }
        }
        if word != basis { words.append(word) }
        return words
    }

    private static func isPart(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return "a"..."z" ~= scalar || "0"..."9" ~= scalar }
        let properties = scalar.properties
        // An accent of its own belongs to its letter.
        return properties.isAlphabetic || properties.numericType != nil || properties.canonicalCombiningClass != .notReordered
    }

    /// The texts' resemblance, 0 to 1: common runs over all runs (Broder 1997, "On the resemblance and containment of
    /// documents").
    func resemblance(to other: Shingles) -> Double {
        let common = runs.intersection(other.runs).count
        let all = runs.count + other.runs.count - common
        return all == 0 ? 0 : Double(common) / Double(all)
    }
}
