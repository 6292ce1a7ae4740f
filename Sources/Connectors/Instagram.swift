import JSON
import Knowledge

/// Instagram: feed posts, carousels, reels and stories.
struct Instagram: Connector {
    let rules: PlatformRules

    init() throws { rules = try PlatformRules(parsing: PackageResources.instagram_json) }

    let guidance = """
        Instagram: the first line must make people stop scrolling. Short lines, one idea each, warm and visual. \
        Links in captions cannot be tapped: do not put any. A carousel tells one thing a slide; a reel needs a \
        spoken script; a story is one short line over a picture.
        """

    /// UTF-16 code units, the strictest reading of "characters".
    func length(of text: String) -> Int { text.utf16.count }

    func payload(for post: Post, caption: String) -> JSON {
        var payload: JSONObject = [:]
        switch post.contentType {
        case "carousel":
            payload["media_type"] = "CAROUSEL"
            payload["children"] = .array((post.slides ?? []).map { ["alt_text": .string($0)] })
        case "reel": payload["media_type"] = "REELS"
        case "story": payload["media_type"] = "STORIES"
        default: payload["media_type"] = "IMAGE"
        }
        if post.contentType != "story" { payload["caption"] = .string(caption) }
        if !post.altText.isEmpty { payload["alt_text"] = .string(post.altText) }
        return .object(payload)
    }
}
