package import JSON
package import Knowledge
package import Operations
import Synchronization

/// Writes one grounded post that belongs to no plan.
package struct SinglePostPipeline: Sendable {
    private let context: GenerationContext
    private let brands: any BrandStore
    private let posts: any PostStore

    package init(context: GenerationContext, brands: any BrandStore, posts: any PostStore) {
        self.context = context
        self.brands = brands
        self.posts = posts
    }

    /// What a single post shall be.
    package struct Brief: Sendable, Hashable, Codable {
        package var platform: String
        package var contentType: String
        package var text: String
        package var language: String

        package init(platform: String, contentType: String, text: String, language: String) {
            self.platform = platform
            self.contentType = contentType
            self.text = text
            self.language = language
        }
    }

    /// What a client sees while its post is written.
    package enum Event: Sendable {
        /// Text that the model has just written.
        case text(String)
        /// The model begins anew: what was shown does not count.
        case restart
        case finished(Post)
    }

    /// Writes the post for a client that watches, and stores it when it is finished; cancelling ends its calls.
    package func stream(
        _ brief: Brief, id: String, brand key: BrandKey, report: @escaping @Sendable (Event) -> Void
    ) async throws {
        let texts = Mutex((stream: PostTextStream(), isShown: false))
        var context = context.began()
        context.onDraft = { piece in
            let event = texts.withLock { texts -> Event? in
                guard let piece else {
                    defer { texts = (PostTextStream(), false) }
                    return texts.isShown ? .restart : nil
                }
                let text = texts.stream.feed(piece)
                if !text.isEmpty { texts.isShown = true }
                return text.isEmpty ? nil : .text(text)
            }
            if let event { report(event) }
        }
        guard let brand = try await brands.brand(key) else { throw GenerationError.unknownBrand }
        let place = WorkContext.with { ($0.workspace, $0.brand) = (key.workspace, key.brand) }
        let post = try await WorkContext.$current.withValue(place) { try await write(brief, id: id, brand: brand, context) }
        // Deleted while it was written.
        guard try await brands.brand(key) != nil else { throw GenerationError.unknownBrand }
        _ = try await posts.save(post, Fence(operationID: id, epoch: 0))
        report(.finished(post))
    }

    /// Writes and stores the post under the given id.
    package func run(
        _ brief: Brief, id: String, brand key: BrandKey, _ reporter: OperationReporter, _ steps: StepLedger
    ) async throws {
        guard let brand = try await Persistence.run({ try await brands.brand(key) }) else { throw GenerationError.unknownBrand }
        let post = try await write(brief, id: id, brand: brand, context.began(steps))
        try await reporter.write { try await posts.save(post, reporter.fence) }
        CrashPoint.reach("post.saved")
    }

    /// Writes the post anew as the instruction wishes, in the place of the given revision.
    ///
    /// - Throws: `GenerationError.changedMeanwhile` when the post is not of this revision any more: what a person
    ///   changed is not overwritten.
    package func rewrite(
        _ id: String, revision: Int, instruction: String, brand key: BrandKey, _ reporter: OperationReporter, _ steps: StepLedger
    ) async throws {
        guard let brand = try await Persistence.run({ try await brands.brand(key) }) else { throw GenerationError.unknownBrand }
        let stored = try await Persistence.run { try await posts.post(id, workspace: key.workspace) }
        guard let old = stored, old.revision == revision else {
            // A resumed operation finds the revision that it wrote itself.
            if let stored, stored.revision == revision + 1, stored.inputs.instruction == instruction, stored.editedAt == nil { return }
            throw GenerationError.changedMeanwhile
        }
        var blank = Post(
            id: id, brand: old.brand, slotID: old.slotID, platform: old.platform, contentType: old.contentType, createdAt: old.createdAt)
        blank.revision = revision + 1
        (blank.planID, blank.scheduledAt, blank.pillar) = (old.planID, old.scheduledAt, old.pillar)
        blank.inputs = Post.Inputs(brand, brief: old.inputs.brief, language: old.inputs.language, given: old.inputs.given + [instruction])
        blank.inputs.instruction = instruction
        blank.inputs.previousText = old.text
        blank.inputs.picture = old.inputs.picture
        blank.mediaID = old.inputs.picture?.mediaID
        let context = context.began(steps)
        let others = try await Persistence.run { try await posts.siblings(of: old) }
        let post = try await PostWriter(context, for: blank, among: PlanTexts(others)).write(blank)
        guard try await Persistence.run({ try await posts.save(post, reporter.fence) }) else {
            let now = try await Persistence.run { try await posts.post(id, workspace: key.workspace) }
            throw now?.revision == revision + 1 && now?.inputs.promptHash == post.inputs.promptHash
                ? LeaseLost() as any Error : GenerationError.changedMeanwhile
        }
        CrashPoint.reach("post.saved")
    }

    private func write(_ brief: Brief, id: String, brand: Brand, _ context: GenerationContext) async throws -> Post {
        var blank = Post(
            id: id, brand: brand.key, slotID: id, platform: brief.platform, contentType: brief.contentType, createdAt: context.clock.now)
        blank.inputs = Post.Inputs(brand, brief: brief.text, language: brief.language, given: [brief.text])
        return try await PostWriter(context, for: blank).write(blank)
    }
}

extension Post.Inputs {
    /// Without passages: those are found when the post is written.
    init(_ brand: Brand, brief: String, language: String, given: [String]) {
        self.init()
        brandName = brand.name
        identity = brand.identity
        self.brief = brief
        self.language = language
        self.given = given
    }
}

extension SinglePostPipeline.Brief {
    /// As an operation's input.
    package var json: JSON {
        ["platform": .string(platform), "contentType": .string(contentType), "text": .string(text), "language": .string(language)]
    }

    init?(_ json: JSON) {
        guard let platform = json["platform"]?.stringValue, let contentType = json["contentType"]?.stringValue,
            let text = json["text"]?.stringValue, let language = json["language"]?.stringValue
        else { return nil }
        self.init(platform: platform, contentType: contentType, text: text, language: language)
    }
}
