import Generation
package import GraphQL
import JSON
package import Knowledge

extension Post: Listed {
    package static let typeName = "Post"
    package static var objectType: ObjectDefinition<Post> {
        ObjectDefinition(
            "A post for one platform, with the passages that its claims come from.",
            Field("id", \.nodeID), Field("revision", \.revision), Field("state", \.state), Field("platform", \.platform),
            Field("contentType", \.contentType), Field("scheduledAt", \.scheduledAt), Field("pillar", \.pillar),
            Field("brief", \.inputs.brief), Field("language", \.inputs.language), Field("text", \.text), Field("hashtags", \.hashtags),
            Field("slides", \.slides), Field("script", \.script), Field("altText", \.altText), Field("callToAction", \.callToAction),
            Field("mediaBrief", \.mediaBrief), Field("mediaId", \.pictureID), Field("planId", \.planNodeID), Field("slotId", \.slotID),
            .batch("citations", "Claims of the text, each tied to a passage.") { posts, context -> [Result<[PostCitation], any Error>] in
                try await reviewed(posts, context).map { review in
                    .success(zip(review.post.citations, review.isCurrent).map { PostCitation(citation: $0, isCurrent: $1) })
                }
            }.weighing(10),
            .batch("outdated", "Whether it quotes what no document says any more.") { posts, context -> [Result<Bool, any Error>] in
                try await reviewed(posts, context).map { .success($0.isOutdated) }
            }.weighing(10),
            Field("checks", \.checks), Field("voice", "How it sounds, in numbers.", \.voiceNumbers),
            Field("payload", "What the platform's own publishing API takes.", \.payload),
            Field("provenance", "How it came to be.", \.origin), Field("usage", \.provenance.usage),
            .batch("brand") { posts, context in try await context.graphQL.brands(posts.map(\.brand)) },
            Field("createdAt", \.createdAt), Field("editedAt", "Null of what the model wrote.", \.editedAt))
    }

    var cursor: String { id }
    var nodeID: ID { ID(id) }
    var planNodeID: ID? { planID.map { ID($0) } }
    var pictureID: ID? { mediaID.map { ID($0) } }
    var voiceNumbers: JSON? { voice?.json }
    var origin: JSON { provenance.json }

    /// Held against the documents as they are now: all posts of a brand together.
    private static func reviewed(_ posts: [Post], _ context: ExecutionContext) async throws -> [CitedPost] {
        let citedPosts = try context.graphQL.dependencies.citedPosts
        var reviews: [String: CitedPost] = [:]
        for own in Dictionary(grouping: posts, by: \.brand).values {
            for review in try await citedPosts.reviewed(own) { reviews[review.post.id] = review }
        }
        return posts.map { reviews[$0.id] ?? CitedPost(new: $0) }
    }
}

struct PostCitation: ObjectOutput {
    let citation: Post.Citation
    let isCurrent: Bool

    static let typeName = "Citation"
    static var objectType: ObjectDefinition<Self> {
        ObjectDefinition(
            "A claim of a post's text, tied to a passage.",
            Field("span", "Its place in the text.", \.citation.span), Field("quote", "The passage's words.", \.citation.quote),
            Field("chunkId", \.chunkID), Field("documentId", \.documentID), Field("documentTitle", \.citation.documentTitle),
            Field("verified", "Whether the passage says it word for word.", \.citation.verified),
            Field("current", "Whether the document still does.", \.isCurrent))
    }

    var chunkID: ID { ID(citation.chunkID) }
    var documentID: ID { ID(citation.documentID) }
}

extension Post.Check: ObjectOutput {
    package static let typeName = "Check"
    package static var objectType: ObjectDefinition<Post.Check> {
        ObjectDefinition("A rule and what became of it.", Field("rule", \.rule), Field("status", \.status), Field("detail", \.detail))
    }
}
