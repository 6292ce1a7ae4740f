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

    /// Of the text as it is sent, escaped and with its hashtags' templates, the stricter reading of the limit.
    func length(of text: String) -> Int {
        let hashtags = text.matches(of: /#[\p{L}\p{N}]/).count
        return Self.escaped(text).utf16.count + hashtags * Self.template("").utf16.count - hashtags * "\\#".utf16.count
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
