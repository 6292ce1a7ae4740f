import Foundation
import JSON
import Knowledge

/// A model's answer as the parts of a post. Each line of the body is a claim's span by construction: no search
/// for the model's words in the text, no span that could miss.
struct PostDraft: Sendable {
    private let value: JSON
    private let evidence: Evidence

    init(_ value: JSON, _ evidence: Evidence) {
        self.value = value
        self.evidence = evidence
    }

    /// The post with the answer's words; its citations are as the model gave them, none of them verified.
    func applied(to post: Post) -> Post {
        var post = post
        (post.text, post.citations) = body()
        func text(_ key: String) -> String { value[key]?.stringValue ?? "" }
        func list(_ key: String) -> [String]? { value[key]?.arrayValue?.compactMap(\.stringValue) }
        post.hashtags = Self.hashtags(list("hashtags") ?? [])
        post.slides = list("slides")
        post.script = value["script"]?.stringValue
        post.altText = text("altText")
        post.callToAction = text("callToAction")
        post.mediaBrief = text("mediaBrief")
        return post
    }

    /// Hashtags as platforms read them: letters with their marks, digits and underscores; each once, whatever its case.
    static func hashtags(_ words: [String]) -> [String] {
        var seen: Set<String> = []
        return words.map { String($0.precomposedStringWithCanonicalMapping.unicodeScalars.filter(isInHashtag)) }
            .filter { !$0.isEmpty && seen.insert($0.lowercased()).inserted }
    }

    private static func isInHashtag(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .nonspacingMark, .spacingMark,
            .decimalNumber:
            // A variation selector is a mark, and makes a picture of a digit.
            !scalar.properties.isVariationSelector
        default: scalar == "_"
        }
    }

    private func body() -> (text: String, citations: [Post.Citation]) {
        var text = ""
        var citations: [Post.Citation] = []
        for line in value["body"]?.arrayValue ?? [] {
            let words = (line["text"]?.stringValue ?? "").split(whereSeparator: \.isWhitespace).joined(separator: " ")
            guard !words.isEmpty else { continue }
            if !text.isEmpty { text += "\n\n" }
            let start = text.unicodeScalars.count
            text += words
            let span = TextSpan(start: start, end: text.unicodeScalars.count)
            for citation in line["citations"]?.arrayValue ?? [] {
                guard let source = citation["passage"]?.stringValue.flatMap({ evidence[$0] }) else { continue }
                citations.append(
                    Post.Citation(
                        span: span, quote: citation["quote"]?.stringValue ?? "", chunkID: source.chunkID, documentID: source.documentID,
                        documentTitle: source.documentTitle, verified: false))
            }
        }
        return (text, citations)
    }
}
