import Connectors
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
        let post = try await write(brief, id: id, brand: brand, context)
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

    private func write(_ brief: Brief, id: String, brand: Brand, _ context: GenerationContext) async throws -> Post {
        guard let connector = context.connectors[brief.platform], let type = connector.contentType(brief.contentType) else {
            throw GenerationError.postsFailed([id])
        }
        let blank = Post(
            id: id, brand: brand.key, slotID: id, platform: brief.platform, contentType: brief.contentType, createdAt: context.clock.now)
        return try await PostWriter(context: context).write(
            blank,
            .init(
                brand: brand, connector: connector, contentType: type, pillar: "", brief: brief.text, language: brief.language,
                given: [brand.name, brief.text]))
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
