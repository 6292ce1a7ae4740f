/// A run of text on one line, word for word as it stands in the prompt.
struct Sentence: Hashable {
    /// How well it serves as material; lower is better. `weak` ones are whole but short, marked up or lean on others.
    enum Rank: Int, Comparable {
        case complete, weak, fragment, tableRow, heading

        static func < (left: Rank, right: Rank) -> Bool { left.rawValue < right.rawValue }
    }

    var text: String
    /// Where it starts in the element's bytes.
    var start: Int
    /// In Unicode scalars.
    var length: Int
    var rank: Rank

    /// The sentence without Markdown.
    var cleaned: String { Wording.cleaned(text) }
}
