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
    private static let reserved: Set<Unicode.Scalar> = ["|", "{", "}", "@", "[", "]", "(", ")", "<", ">", "#", "\\", "*", "_", "~"]

    /// The text in the little text format; hashtags at its end stay hashtags.
    static func escaped(_ text: String) -> String {
        // Scalar by scalar: one with an accent, or as the cap of a key, is reserved too.
        String(
            text.unicodeScalars.reduce(into: String.UnicodeScalarView()) { result, scalar in
                if reserved.contains(scalar) { result.append("\\") }
                result.append(scalar)
            })
    }

    /// Of the escaped text, the stricter reading of the limit.
    func length(of text: String) -> Int { Self.escaped(text).utf16.count }

    /// Its hashtags are sent as templates, which are longer than what is shown.
    func publishedLength(of post: Post) -> Int {
        length(of: caption(text: post.text, hashtags: post.hashtags))
            + post.hashtags.reduce(0) { $0 + Self.template($1).utf16.count - length(of: "#" + $1) }
    }

    /// What would end it is no part of a tag.
    private static func template(_ hashtag: String) -> String {
        let tag = hashtag.unicodeScalars.filter { $0 == "_" || !reserved.contains($0) }
        return "{hashtag|\\#|\(String(tag))}"
    }

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
