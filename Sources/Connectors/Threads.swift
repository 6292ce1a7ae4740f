import JSON
import Knowledge

/// Threads: posts and carousels.
struct Threads: Connector {
    let rules: PlatformRules

    init() throws { rules = try PlatformRules(parsing: PackageResources.threads_json) }

    let guidance = """
        Threads: the tone of a conversation, short and open, so that people answer. One topic tag at most. A \
        carousel tells one thing a slide.
        """

    func length(of text: String) -> Int { TextMeasure.emojiBytes(text) }

    func ownViolations(of post: Post, as type: ContentType) -> [(rule: String, detail: String)] {
        post.hashtags.compactMap { tag in
            if tag.count > 50 { return ("topicTag", "the topic tag \"\(tag)\" is longer than 50 characters") }
            if tag.contains(".") || tag.contains("&") { return ("topicTag", "the topic tag \"\(tag)\" has a full stop or an ampersand") }
            return nil
        }
    }

    func payload(for post: Post, caption: String) -> JSON {
        var payload: JSONObject = ["text": .string(caption), "media_type": post.contentType == "carousel" ? "CAROUSEL" : "TEXT"]
        if let tag = post.hashtags.first { payload["topic_tag"] = .string(tag) }
        if post.contentType == "carousel" {
            payload["children"] = .array((post.slides ?? []).map { ["media_type": "IMAGE", "alt_text": .string($0)] })
        }
        return .object(payload)
    }
}
