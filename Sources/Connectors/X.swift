import JSON
import Knowledge

/// X: posts and threads.
struct X: Connector {
    let rules: PlatformRules
    private let topLevelDomains: Set<String>

    init() throws {
        rules = try PlatformRules(parsing: PackageResources.x_json)
        topLevelDomains = Set(rules.data["topLevelDomains"]?.arrayValue?.compactMap(\.stringValue) ?? [])
    }

    let guidance = """
        X: one thought, said in as few words as it takes; the first words carry it. No hashtags unless one is \
        needed. In a thread the text is the first post and makes people want the next; each slide is one further \
        post that stands by itself.
        """

    func length(of text: String) -> Int { TextMeasure.weighted(text, topLevelDomains: topLevelDomains) }

    func ownViolations(of post: Post, as type: ContentType) -> [(rule: String, detail: String)] {
        let cashtags = post.text.matches(of: /(?:^|\s)\$[A-Za-z]{1,6}\b/).count
        let limit = rules.data["cashtags"]?.integerValue ?? 1
        return cashtags > limit ? [("cashtags", "\(cashtags) cashtags, more than \(limit)")] : []
    }

    /// The bodies of `POST /2/tweets`, one a post; each but the first answers the one before it.
    func payload(for post: Post, caption: String) -> JSON {
        guard post.contentType == "thread" else { return ["text": .string(caption)] }
        return ["thread": .array(([caption] + (post.slides ?? [])).map { ["text": .string($0)] })]
    }
}
