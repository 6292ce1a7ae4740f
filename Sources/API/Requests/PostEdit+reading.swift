import Connectors
import Generation
import JSON
import Knowledge

extension PostEdit {
    /// Reads what of a post shall change, and of which revision.
    ///
    /// - Throws: `Problem` with everything that is wrong.
    static func reading(_ value: JSON, of post: Post, as type: ContentType?) throws -> (edit: PostEdit, revision: Int?) {
        let faults = Faults()
        let known = ["text", "hashtags", "slides", "script", "altText", "callToAction", "media", "revision"]
        let fields = Fields(value, known: known, faults: faults)
        var edit = PostEdit()
        edit.text = fields.text("text", isRequired: fields.object["text"] != nil, limit: 100_000)
        if fields.has("hashtags") { edit.hashtags = fields.texts("hashtags", countLimit: 100, limit: 200) }
        if fields.has("slides") { edit.slides = fields.texts("slides", countLimit: 100, limit: 10_000) }
        edit.script = fields.text("script", limit: 20_000)
        edit.altText = fields.text("altText", limit: 5_000)
        edit.callToAction = fields.text("callToAction", limit: 2_000)
        if fields.has("media"), let media = fields.object["media"] {
            edit.mediaBrief = Fields(media, at: .root.appending("media"), known: ["brief", "mediaId"], faults: faults).text("brief")
        }
        for (member, isThere) in [("slides", type?.slides != nil), ("script", type?.scriptLimit != nil)]
        where fields.has(member) && !isThere {
            faults.add(JSONPointer.root.appending(member), "\(post.platform) \(post.contentType) has none")
        }
        let revision = fields.integer("revision", in: 1...Int.max)
        if faults.list.isEmpty, edit.isEmpty {
            faults.add(.root, "changes nothing; name one of \(known.dropLast().joined(separator: ", "))")
        }
        try faults.check()
        return (edit, revision)
    }
}
