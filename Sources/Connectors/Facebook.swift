import JSON
import Knowledge

/// Facebook: posts, reels and stories of a page.
struct Facebook: Connector {
    let rules: PlatformRules

    init() throws { rules = try PlatformRules(parsing: PackageResources.facebook_json) }

    let guidance = """
        Facebook: write as to a neighbour who knows the brand. Two or three short paragraphs, a question or an \
        invitation at the end. A reel needs a spoken script; a story is one short line over a picture.
        """

    /// UTF-16 code units, the strictest reading of "characters".
    func length(of text: String) -> Int { TextMeasure.utf16(text) }

    func payload(for post: Post, caption: String) -> JSON {
        switch post.contentType {
        case "reel": ["video_state": "PUBLISHED", "description": .string(caption)]
        // A story has no text field: its line is part of the picture.
        case "story": ["photo_story": ["overlay": .string(post.text)]]
        default: ["message": .string(caption), "published": true]
        }
    }
}
