import Knowledge

/// Whether a post says only what its sources say: quotes word for word, figures and names claim by claim.
///
/// It reads nothing but the post, so that a text changed by hand is measured as one that a model wrote.
struct Grounding {
    private struct Reading: Sendable {
        let figures: [Figure]
        let names: Names
    }

    private static let readings = RecentTexts { Reading(figures: Figure.figures(in: $0), names: Names(in: $0)) }

    private let sources: [String: Post.Source]
    private let givenFigures: [Figure]
    private let givenNames: Names
    private let language: String
    /// What a picture shows may be said of it, in words that cite nothing.
    private let picture: [Post.Source]

    init(_ inputs: Post.Inputs) {
        sources = Dictionary(inputs.passages.map { ($0.chunkID, $0) }) { first, _ in first }
        let given = ([inputs.brandName] + inputs.given).joined(separator: "\n")
        givenFigures = Figure.figures(in: given)
        givenNames = Names(in: given)
        language = inputs.language
        picture =
            inputs.picture.map { picture in
                let text = picture.description + "\n" + picture.altText
                return [Post.Source(chunkID: "", documentID: "", documentTitle: "", headingPath: [], text: text)]
            } ?? []
    }

    /// Sets each citation's `verified` and gives what is wrong.
    func check(_ post: inout Post) -> [PostChecks.Fault] {
        var faults: [PostChecks.Fault] = []
        for line in TextLines.lines(of: post.text) {
            let own = post.citations.indices.filter { post.citations[$0].span.overlaps(line.span) }
            let cited = own.compactMap { sources[post.citations[$0].chunkID] }
            let unsupported = figures(in: line.text, cited) + names(in: line.text, cited)
            faults += unsupported
            for index in own {
                let quote = verbatim(post.citations[index])
                if let quote { post.citations[index].quote = quote }
                if quote == nil {
                    let detail = "\"\(post.citations[index].quote)\" does not stand word for word in the passage that it cites"
                    faults.append(.init(rule: "quotes", detail: detail))
                }
                post.citations[index].verified = quote != nil && unsupported.isEmpty
            }
        }
        // What has no citations of its own must at least stay with what the model was shown.
        let all = Array(sources.values) + picture
        for text in [post.altText, post.callToAction, post.script ?? ""] + (post.slides ?? []) {
            faults += figures(in: text, all) + names(in: text, all)
        }
        for hashtag in post.hashtags { faults += figures(in: Self.words(of: hashtag), all) }
        return faults
    }

    /// `Only9Euro` as `Only 9 Euro`.
    private static func words(of hashtag: String) -> String {
        var (words, previous) = ("", Character(" "))
        for character in hashtag {
            let begins = character.isNumber != previous.isNumber || character.isUppercase && !previous.isUppercase
            if begins || character == "_" { words.append(" ") }
            if character != "_" { words.append(character) }
            previous = character
        }
        return words
    }

    private func verbatim(_ citation: Post.Citation) -> String? {
        sources[citation.chunkID].flatMap { QuoteMatcher.exactWords(of: citation.quote, in: $0.text) }
    }

    private func figures(in text: String, _ cited: [Post.Source]) -> [PostChecks.Fault] {
        let figures = Figure.figures(in: text)
        guard !figures.isEmpty else { return [] }
        let known = givenFigures + cited.flatMap { Self.readings[$0.words].figures }
        return figures.filter { !$0.isSupported(by: known) }.map { figure in
            let place = cited.isEmpty ? "the line cites no passage" : "the passages do not have it"
            return .init(rule: "figures", detail: "\"\(figure.text)\" in \"\(text.prefix(80))\": \(place)")
        }
    }

    /// A line without a claim of its own, such as a call to action, may name whatever the evidence names.
    private func names(in text: String, _ cited: [Post.Source]) -> [PostChecks.Fault] {
        let names = Names.mentioned(in: text, language: language)
        guard !names.isEmpty else { return [] }
        let known = (cited.isEmpty ? Array(sources.values) : cited).map { Self.readings[$0.words].names } + [givenNames]
        return names.filter { name in !known.contains { $0.contains(name) } }.map { name in
            .init(rule: "names", detail: "\"\(name)\" in \"\(text.prefix(80))\": no passage has this name")
        }
    }
}

/// A text line by line; empty ones are left out.
enum TextLines {
    static func lines(of text: String) -> [(text: String, span: TextSpan)] {
        var lines: [(String, TextSpan)] = []
        var offset = 0
        for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            let start = offset
            offset += line.unicodeScalars.count
            if !line.allSatisfy(\.isWhitespace) { lines.append((String(line), TextSpan(start: start, end: offset))) }
            // The separator, which is two scalars as CR LF.
            if line.endIndex < text.endIndex { offset += text[line.endIndex].unicodeScalars.count }
        }
        return lines
    }
}

extension TextSpan {
    func overlaps(_ other: TextSpan) -> Bool { start < other.end && other.start < end }
}
