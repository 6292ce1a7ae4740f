import Connectors
package import Knowledge

/// What a stored post was asked for, rendered again, and what would be different if it were asked for today.
package struct PostReplay: Sendable {
    /// A prompt file and its SHA-256, then and now; nil where the post does without it.
    package struct Template: Sendable, Hashable {
        package let name: String
        package let then: String?
        package let now: String?
    }

    /// A passage and what became of it.
    package struct Passage: Sendable, Hashable {
        package enum Fate: String, Sendable {
            /// It would be shown again.
            case same
            /// The documents have it, but others would be shown.
            case displaced
            /// No document has this text any more.
            case gone
            /// It would be shown for the first time.
            case new
        }

        package let source: Post.Source
        package let fate: Fate
    }

    package let post: Post
    /// The prompt as the stored inputs and today's templates make it.
    package let messages: [ModelMessage]
    /// Whether that is, word for word, what the model was sent.
    package let isSamePrompt: Bool
    package let templates: [Template]
    package let passages: [Passage]
    /// The model that would be asked.
    package let model: String

    /// Whether the same inputs would make another request today.
    package var differs: Bool {
        !isSamePrompt || templates.contains { $0.then != $0.now } || passages.contains { $0.fate != .same } || isOtherModel
    }

    /// Whether another model would be asked than was.
    package var isOtherModel: Bool { post.inputs.model.map { $0 != model } ?? false }
}

/// Replays posts; nothing is written, and no language model is asked.
package struct PostReplaying: Sendable {
    private let context: GenerationContext
    private let plans: any PlanStore
    private let brands: any BrandStore
    private let documents: any DocumentStore

    package init(context: GenerationContext, brands: any BrandStore, plans: any PlanStore, documents: any DocumentStore) {
        self.context = context
        self.brands = brands
        self.plans = plans
        self.documents = documents
    }

    /// - Throws: `GenerationError.unknownBrand`, `GenerationError.neverAsked`; `ModelError` when the search cannot embed.
    package func replay(_ post: Post) async throws -> PostReplay {
        // A post below the evidence threshold asked no model.
        guard !post.inputs.promptHash.isEmpty else { throw GenerationError.neverAsked }
        let context = context.began()
        guard let connector = context.connectors[post.platform], let type = connector.contentType(post.contentType) else {
            throw GenerationError.postsFailed([post.slotID])
        }
        let prompt = try PostPrompt(context, connector, type, for: post)
        return PostReplay(
            post: post, messages: prompt.messages, isSamePrompt: prompt.messages.hash == post.inputs.promptHash,
            templates: Self.templates(post.provenance.templates, prompt.hashes, context.prompts),
            passages: try await passages(of: post, context), model: prompt.request.model ?? context.model.defaultModel)
    }

    /// Those that the post was made with, and those that its prompt is made of today.
    private static func templates(
        _ then: [String: String], _ now: [String: String], _ library: PromptLibrary
    ) -> [PostReplay.Template] {
        let known = library.hashes
        return Set(then.keys).union(now.keys).sorted().map { name in
            // A repair is asked for when it is needed: its template counts when it was used.
            PostReplay.Template(name: name, then: then[name], now: now[name] ?? known[name])
        }
    }

    private func passages(of post: Post, _ context: GenerationContext) async throws -> [PostReplay.Passage] {
        let today = try await evidence(for: post, context).passages
        let then = post.inputs.passages
        var texts: [String: Set<String>] = [:]
        for id in Set(then.map(\.documentID)) {
            guard let document = try await documents.document(id, brand: post.brand) else { continue }
            texts[id] = Set(try await documents.allChunks(of: document).map(\.text))
        }
        let old = then.map { source -> PostReplay.Passage in
            let isThere = texts[source.documentID]?.contains(source.text) ?? false
            let fate: PostReplay.Passage.Fate = today.contains { $0.isSame(as: source) } ? .same : isThere ? .displaced : .gone
            return .init(source: source, fate: fate)
        }
        return old + today.filter { source in !then.contains { $0.isSame(as: source) } }.map { .init(source: $0, fate: .new) }
    }

    /// What the search would bring today: for a post of a plan together with the plan's others, as it was then.
    private func evidence(for post: Post, _ context: GenerationContext) async throws -> Evidence {
        guard let brand = try await brands.brand(post.brand) else { throw GenerationError.unknownBrand }
        var together = [post]
        // A post that was written anew had its passages found for it alone.
        if post.inputs.instruction.isEmpty, let id = post.planID, let plan = try await plans.plan(id, workspace: post.brand.workspace) {
            together = plan.slots.map { Post(blankFor: $0, of: plan, brand: brand, at: plan.createdAt) }
        }
        let (found, _) = try await EvidenceSelection(context: context).evidence(for: together)
        return found[post.slotID] ?? Evidence([])
    }
}

extension Post.Source {
    /// Ids of chunks change with their document's version; what they say tells whether they are the same.
    fileprivate func isSame(as other: Post.Source) -> Bool { documentID == other.documentID && text == other.text }
}
