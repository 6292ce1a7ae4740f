import JSON
import Knowledge

/// A model's answer as the parts of a post. Each line of the body is a claim's span by construction: no search
/// for the model's words in the text, no span that could miss.
struct PostDraft: Sendable {
    private(set) var text = ""
    private(set) var citations: [Post.Citation] = []
    private let value: JSON

    init(_ value: JSON, _ evidence: Evidence) {
        self.value = value
        for line in value["body"]?.arrayValue ?? [] {
            let words = (line["text"]?.stringValue ?? "").split(whereSeparator: \.isWhitespace).joined(separator: " ")
            guard !words.isEmpty else { continue }
            if !text.isEmpty { text += "\n\n" }
            let start = text.unicodeScalars.count
            text += words
            let span = TextSpan(start: start, end: text.unicodeScalars.count)
            for citation in line["citations"]?.arrayValue ?? [] {
                if let citation = Self.citation(citation, span, evidence) { citations.append(citation) }
            }
        }
    }

    private static func citation(_ value: JSON, _ span: TextSpan, _ evidence: Evidence) -> Post.Citation? {
        guard let id = value["passage"]?.stringValue, let passage = evidence[id], let quote = value["quote"]?.stringValue else {
            return nil
        }
        let exact = QuoteMatcher.exactWords(of: quote, in: passage.text)
        return Post.Citation(
            span: span, quote: exact ?? quote, chunkID: passage.chunkID, documentID: passage.documentID,
            documentTitle: passage.documentTitle, verified: exact != nil)
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
