package import Connectors
package import Knowledge
package import Retrieval

/// What a person changes of a post; nil is left as it is.
package struct PostEdit: Sendable, Hashable {
    package var text: String?
    package var hashtags: [String]?
    package var slides: [String]?
    package var script: String?
    package var altText: String?
    package var callToAction: String?
    package var mediaBrief: String?

    package init() {}

    package var isEmpty: Bool { self == PostEdit() }
}

/// Changes posts by hand.
package struct PostEditing: Sendable {
    private let posts: any PostStore
    private let retrieval: RetrievalService
    private let connectors: ConnectorRegistry
    private let clock: any WallClock

    package init(posts: any PostStore, retrieval: RetrievalService, connectors: ConnectorRegistry, clock: any WallClock) {
        self.posts = posts
        self.retrieval = retrieval
        self.connectors = connectors
        self.clock = clock
    }

    /// The post with the edit: its citations follow their claims, and every check has run again.
    ///
    /// - Throws: `StoreError.conflict` when the post was changed meanwhile, `GenerationError.postsFailed` when this
    ///   deployment does not have the post's platform any more.
    package func apply(_ edit: PostEdit, to post: Post) async throws -> Post {
        guard let connector = connectors[post.platform], let type = connector.contentType(post.contentType) else {
            throw GenerationError.postsFailed([post.slotID])
        }
        var edited = post
        if let text = edit.text {
            edited.text = text
            edited.citations = CitationAnchoring.moved(post.citations, from: post.text, to: text)
        }
        if let hashtags = edit.hashtags { edited.hashtags = PostDraft.hashtags(hashtags) }
        if let slides = edit.slides { edited.slides = slides }
        if let script = edit.script { edited.script = script }
        if let text = edit.altText { edited.altText = text }
        if let text = edit.callToAction { edited.callToAction = text }
        if let text = edit.mediaBrief { edited.mediaBrief = text }
        let voice = VoiceMeasure(retrieval: retrieval, texts: PlanTexts(try await posts.siblings(of: post)))
        edited = try await voice.measured(edited, step: "edit")
        edited.revision += 1
        edited.editedAt = clock.now
        let faults = PostChecks.faults(of: &edited, connector, type)
        edited.conclude(faults, connector)
        let writer = Fence(operationID: "edit-" + clock.makeID(), epoch: 0)
        guard try await posts.save(edited, writer) else { throw StoreError.conflict }
        return edited
    }
}
