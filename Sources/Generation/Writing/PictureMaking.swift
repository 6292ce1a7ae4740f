import Connectors
import JSON
import Knowledge
import Operations

/// Makes the picture that a post's brief asks for, where this deployment has a model for it.
struct PictureMaking: Sendable {
    let context: GenerationContext
    let connector: any Connector
    let type: ContentType

    /// The post with the id of its picture; as it was when it shows one of the brand's own, or none can be made.
    func illustrated(_ post: Post) async throws -> Post {
        guard let images = context.images, post.mediaID == nil, !post.mediaBrief.isEmpty, post.state != .insufficientEvidence else {
            return post
        }
        let template = context.prompts[.picture]
        let prompt = try template.render([
            "brandName": post.inputs.brandName, "voice": post.inputs.identity.voice, "platform": connector.rules.name,
            "contentType": type.id, "mediaBrief": post.mediaBrief, "altText": post.altText,
        ])
        let hash = Digest.hexadecimal(prompt + type.pictureSize)
        // The same picture of the same post has the same id: a step that is repeated leaves no second one behind.
        let media = Media(id: "\(post.id)-\(hash.prefix(12))", brand: post.brand, mediaType: "", byteCount: 0)
        let (store, size) = (context.media, type.pictureSize)
        let outcome = try await context.step("\(post.slotID)/picture", inputHash: hash) {
            let (picture, usage) = try await images.picture(of: prompt, size: size)
            var media = media
            (media.mediaType, media.byteCount) = (picture.mediaType, picture.bytes.count)
            do {
                try await Persistence.run { [media] in try await store.save(media, bytes: picture.bytes) }
            } catch StoreError.conflict {
                // It was stored before the step could be.
            }
            return .init(result: ["mediaId": .string(media.id)], usage: usage)
        }
        var post = post
        post.mediaID = outcome.result["mediaId"]?.stringValue
        post.provenance.usage += outcome.usage
        post.provenance.templates.merge(template.hashes) { first, _ in first }
        return post
    }
}
