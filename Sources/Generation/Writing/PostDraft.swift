import JSON
import Knowledge

/// A model's answer as the parts of a post. Each line of the body is a claim's span by construction: no search
/// for the model's words in the text, no span that could miss.
struct PostDraft: Sendable {
    private(set) var text = ""
    private(set) var citations: [Post.Citation] = []
    /// Quotes that stand in no passage, and figures that the passages do not have.
    private(set) var faults: [PostChecks.Fault] = []
    private let value: JSON

    /// - Parameter given: what the client says itself, such as its events: figures from there need no passage.
    init(_ value: JSON, _ evidence: Evidence, given: [String] = []) {
        self.value = value
        let givenFigures = Figure.figures(in: given.joined(separator: "\n"))
        for line in value["body"]?.arrayValue ?? [] {
            let words = (line["text"]?.stringValue ?? "").split(whereSeparator: \.isWhitespace).joined(separator: " ")
            guard !words.isEmpty else { continue }
            if !text.isEmpty { text += "\n\n" }
            let start = text.unicodeScalars.count
            text += words
            let span = TextSpan(start: start, end: text.unicodeScalars.count)
            let cited = (line["citations"]?.arrayValue ?? []).compactMap { citation -> (passage: Passage, quote: String)? in
                guard let passage = citation["passage"]?.stringValue.flatMap({ evidence[$0] }) else { return nil }
                return (passage, citation["quote"]?.stringValue ?? "")
            }
            let isSupported = checkFigures(in: words, cited.map(\.passage), givenFigures)
            for (passage, quote) in cited { cite(passage, quote, span, isSupported: isSupported) }
        }
        // What has no citations of its own must at least stay with what the model was shown.
        let others = ["altText", "callToAction", "script"].compactMap { value[$0]?.stringValue }
        for text in others + (value["slides"]?.arrayValue ?? []).compactMap(\.stringValue) {
            _ = checkFigures(in: text, evidence.passages, givenFigures)
        }
    }

    /// Whether every figure of the text stands in one of the passages.
    private mutating func checkFigures(in text: String, _ passages: [Passage], _ given: [Figure]) -> Bool {
        let figures = Figure.figures(in: text)
        guard !figures.isEmpty else { return true }
        let known =
            given + passages.flatMap { Figure.figures(in: ([$0.documentTitle] + $0.headingPath + [$0.text]).joined(separator: "\n")) }
        let invented = figures.filter { !$0.isSupported(by: known) }
        for figure in invented {
            let place = passages.isEmpty ? "the line cites no passage" : "the passages do not have it"
            faults.append(.init(rule: "figures", detail: "\"\(figure.text)\" in \"\(text.prefix(80))\": \(place)"))
        }
        return invented.isEmpty
    }

    private mutating func cite(_ passage: Passage, _ quote: String, _ span: TextSpan, isSupported: Bool) {
        let exact = QuoteMatcher.exactWords(of: quote, in: passage.text)
        if exact == nil {
            faults.append(.init(rule: "quotes", detail: "\"\(quote)\" does not stand word for word in the passage that it cites"))
        }
        citations.append(
            Post.Citation(
                span: span, quote: exact ?? quote, chunkID: passage.chunkID, documentID: passage.documentID,
                documentTitle: passage.documentTitle, verified: exact != nil && isSupported))
    }

    func applied(to post: Post) -> Post {
        var post = post
        func text(_ key: String) -> String { value[key]?.stringValue ?? "" }
        func list(_ key: String) -> [String]? { value[key]?.arrayValue?.compactMap(\.stringValue) }
        post.text = self.text
        post.citations = citations
        post.hashtags = (list("hashtags") ?? []).map { String($0.drop { $0 == "#" }.filter { !$0.isWhitespace }) }
            .filter { !$0.isEmpty }
        post.slides = list("slides")
        post.script = value["script"]?.stringValue
        post.altText = text("altText")
        post.callToAction = text("callToAction")
        post.mediaBrief = text("mediaBrief")
        return post
    }
}
