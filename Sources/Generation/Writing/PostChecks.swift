import Connectors
import Knowledge

/// The rules that every post is measured by, whoever wrote it.
enum PostChecks {
    struct Fault: Sendable, Hashable {
        var rule: String
        var detail: String
    }

    private static let rules = ["citations", "quotes", "figures", "names", "length", "hashtags", "slides", "script"]

    /// What is wrong with the post, whose voice is measured already; its citations are marked as verified or not on the way.
    static func faults(of post: inout Post, _ connector: any Connector, _ type: ContentType) -> [Fault] {
        var faults = Grounding(post.inputs).check(&post)
        if post.citations.isEmpty {
            faults.append(Fault(rule: "citations", detail: "no line of the post cites a passage"))
        }
        faults += connector.violations(of: post, as: type).map(Fault.init)
        return faults + VoiceMeasure.faults(of: post)
    }

    /// Every rule with what became of it; a rule with several faults is listed once for each.
    static func report(faults: [Fault], repaired: Set<String>, _ identity: Brand.Identity) -> [Post.Check] {
        let rules = rules + VoiceMeasure.rules(of: identity)
        // What a platform alone rules shows only where it mattered.
        let others = Set(faults.map(\.rule)).union(repaired).subtracting(rules).sorted()
        return (rules + others).flatMap { rule -> [Post.Check] in
            let own = faults.filter { $0.rule == rule }
            if !own.isEmpty { return own.map { Post.Check(rule: rule, status: .fail, detail: $0.detail) } }
            return [Post.Check(rule: rule, status: repaired.contains(rule) ? .repaired : .pass, detail: "")]
        }
    }
}

extension Post {
    /// Its checks, its state and its payload after the given faults.
    mutating func conclude(_ faults: [PostChecks.Fault], repaired: Set<String> = [], _ connector: any Connector) {
        checks = PostChecks.report(faults: faults, repaired: repaired, inputs.identity)
        state = faults.isEmpty ? .ready : .needsReview
        payload = connector.payload(for: self, caption: connector.caption(text: text, hashtags: hashtags))
    }
}
