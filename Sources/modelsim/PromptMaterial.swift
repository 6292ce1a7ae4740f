/// What a prompt offers to write with: its marked-up elements and, failing these, the user's words; never the instructions.
struct PromptMaterial {
    private(set) var elements: [PromptElement]
    /// The elements that serve a text for which no element was chosen.
    let pool: [Int]
    private let places: [String: Int]
    private var sentences: [Int: [Sentence]] = [:]
    private var turns: [Int: Int] = [:]
    private let seed: UInt64

    init(messages: [ChatRequest.Message], seed: UInt64) {
        let users = messages.filter { $0.role == "user" }
        let sources = (users.isEmpty ? messages : users).map { Array($0.text.utf8) }
        var elements = sources.flatMap(PromptElement.elements)
        places = Dictionary(zip(elements.map(\.id), elements.indices), uniquingKeysWith: { first, _ in first })
        let passages = elements.indices.filter { elements[$0].isPassage }
        if !passages.isEmpty {
            pool = passages
        } else if !elements.isEmpty {
            pool = Array(elements.indices)
        } else {
            pool = [0]
            elements = [PromptElement(name: "", id: "", text: Array(sources.joined(separator: [0x0A]))[...])]
        }
        self.elements = elements
        self.seed = seed
    }

    /// The element with that id.
    func place(of id: String) -> Int? { places[id] }

    /// The element's next sentence in an order that the seed decides, if possible one of at most `limit` scalars.
    mutating func nextSentence(of place: Int, atMost limit: Int = .max) -> Sentence {
        let choices = usableSentences(of: place)
        let first = Int(truncatingIfNeeded: SeededRandom.mixed(seed &+ UInt64(place)) >> 8) + turns[place, default: 0]
        for step in choices.indices {
            let choice = choices[(first + step) % choices.count]
            guard choice.length <= limit else { continue }
            turns[place, default: 0] += step + 1
            return choice
        }
        turns[place, default: 0] += 1
        return choices[first % choices.count]
    }

    /// The sentence and what follows it in the element, up to `limit` scalars, word for word.
    func run(from sentence: Sentence, in place: Int, atMost limit: Int) -> String {
        let text = elements[place].text
        guard text.indices.contains(sentence.start) else { return sentence.text }
        return TextFitting.clipped(String(decoding: text[sentence.start...], as: UTF8.self), to: limit)
    }

    mutating func headings(of place: Int) -> [String] {
        allSentences(of: place).filter { $0.rank == .heading }.map(\.cleaned)
    }

    private mutating func allSentences(of place: Int) -> [Sentence] {
        if let known = sentences[place] { return known }
        let found = SentenceSplitter.sentences(in: elements[place].text)
        sentences[place] = found
        return found
    }

    /// Whole sentences if there are two of them, else whatever is best; never empty.
    private mutating func usableSentences(of place: Int) -> [Sentence] {
        let all = allSentences(of: place)
        for worst in [Sentence.Rank.complete, .weak, .fragment, .tableRow, .heading] {
            let usable = all.filter { $0.rank <= worst }
            if usable.count >= (worst == .complete ? 2 : 1) { return usable }
        }
        return [Sentence(text: Wording.placeholder, start: -1, length: Wording.placeholder.utf8.count, rank: .fragment)]
    }
}
