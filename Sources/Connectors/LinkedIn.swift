import JSON
import Knowledge

/// LinkedIn: posts and multi-image carousels of an organisation.
struct LinkedIn: Connector {
    let rules: PlatformRules

    init() throws { rules = try PlatformRules(parsing: PackageResources.linkedin_json) }

    let guidance = """
        LinkedIn: written for people at work. Begin with the insight, back it with figures, end with a question or \
        a next step. Plain sentences, paragraphs of one or two lines, no hype.
        """

    /// Reserved characters of the little text format, which a backslash escapes.
    private static let reserved: Set<Character> = ["|", "{", "}", "@", "[", "]", "(", ")", "<", ">", "#", "\\", "*", "_", "~"]

    /// The text in the little text format; hashtags at its end stay hashtags.
    static func escaped(_ text: String) -> String {
        text.reduce(into: "") { result, character in
            if reserved.contains(character) { result.append("\\") }
            result.append(character)
        }
    }

    /// Of the escaped text, the stricter reading of the limit.
    func length(of text: String) -> Int { Self.escaped(text).utf16.count }

    /// Its hashtags are sent as templates, which are longer than what is shown.
    func publishedLength(of post: Post) -> Int {
        length(of: caption(text: post.text, hashtags: post.hashtags))
            + post.hashtags.reduce(0) { $0 + Self.template($1).utf16.count - length(of: "#" + $1) }
    }

    private static func template(_ hashtag: String) -> String { "{hashtag|\\#|\(hashtag)}" }

    func payload(for post: Post, caption: String) -> JSON {
        let hashtags = post.hashtags.map(Self.template).joined(separator: " ")
        let commentary = Self.escaped(post.text) + (hashtags.isEmpty ? "" : "\n\n" + hashtags)
        var payload: JSONObject = [
            "commentary": .string(commentary), "visibility": "PUBLIC", "lifecycleState": "PUBLISHED",
            "distribution": ["feedDistribution": "MAIN_FEED"],
        ]
        if post.contentType == "carousel" {
            payload["content"] = ["multiImage": ["images": .array((post.slides ?? []).map { ["altText": .string($0)] })]]
        }
        return .object(payload)
    }
}
