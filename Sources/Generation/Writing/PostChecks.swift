import Connectors
import Knowledge

/// The rules that every post is measured by.
enum PostChecks {
    struct Fault: Sendable, Hashable {
        var rule: String
        var detail: String
    }

    private static let rules = ["citations", "quotes", "figures", "length", "hashtags", "slides", "script", "bannedTerms"]

    /// What is wrong with the draft, as the given post that it became.
    static func faults(of draft: PostDraft, in post: Post, _ assignment: PostWriter.Assignment) -> [Fault] {
        var faults = draft.faults
        if post.citations.isEmpty {
            faults.append(Fault(rule: "citations", detail: "no line of the post cites a passage"))
        }
        faults += assignment.connector.violations(of: post, as: assignment.contentType).map(Fault.init)
        let words = ([post.text, post.script ?? ""] + (post.slides ?? []) + post.hashtags).joined(separator: "\n").lowercased()
        for term in assignment.brand.identity.bannedTerms where !term.isEmpty && words.contains(term.lowercased()) {
            faults.append(Fault(rule: "bannedTerms", detail: "the term \"\(term)\" is banned by the brand"))
        }
        return faults
    }

    /// Every rule with what became of it; a rule with several faults is listed once for each.
    static func report(faults: [Fault], repaired: Set<String>) -> [Post.Check] {
        // What a platform alone rules shows only where it mattered.
        let others = Set(faults.map(\.rule)).union(repaired).subtracting(rules).sorted()
        return (rules + others).flatMap { rule -> [Post.Check] in
            let own = faults.filter { $0.rule == rule }
            if !own.isEmpty { return own.map { Post.Check(rule: rule, status: .fail, detail: $0.detail) } }
            return [Post.Check(rule: rule, status: repaired.contains(rule) ? .repaired : .pass, detail: "")]
        }
    }
}
