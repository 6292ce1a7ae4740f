import JSON
import Knowledge

/// TikTok: videos and photo posts.
struct TikTok: Connector {
    let rules: PlatformRules

    init() throws { rules = try PlatformRules(parsing: PackageResources.tiktok_json) }

    let guidance = """
        TikTok: speak to one person, at once and plainly. A video needs a spoken script that begins with its point; \
        the text is its caption. A photo post's first line is its title, at most 90 characters; each slide is the \
        text of one photo.
        """

    func length(of text: String) -> Int { TextMeasure.utf16(text) }

    private var titleLimit: Int { rules.data["photoTitle"]?.integerValue ?? 90 }

    func ownViolations(of post: Post, as type: ContentType) -> [(rule: String, detail: String)] {
        guard type.id == "photo" else { return [] }
        let length = length(of: Self.title(post.text))
        return length > titleLimit ? [("title", "the first line is the title and has \(length) characters, more than \(titleLimit)")] : []
    }

    private static func title(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
    }

    func payload(for post: Post, caption: String) -> JSON {
        guard post.contentType == "photo" else {
            return ["post_info": ["title": .string(caption), "privacy_level": "PUBLIC_TO_EVERYONE"], "media_type": "VIDEO"]
        }
        let title = Self.title(post.text)
        let description = caption.dropFirst(title.count).drop(while: \.isNewline)
        return [
            "post_info": [
                "title": .string(title), "description": .string(String(description)), "privacy_level": "PUBLIC_TO_EVERYONE",
            ], "media_type": "PHOTO",
        ]
    }
}
