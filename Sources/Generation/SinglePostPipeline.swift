import Connectors
package import JSON
package import Knowledge
package import Operations

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

    /// Writes and stores the post under the given id.
    package func run(
        _ brief: Brief, id: String, brand key: BrandKey, _ reporter: OperationReporter, _ steps: StepLedger
    ) async throws {
        guard let brand = try await Persistence.run({ try await brands.brand(key) }) else { throw GenerationError.unknownBrand }
        guard let connector = context.connectors[brief.platform], let type = connector.contentType(brief.contentType) else {
            throw GenerationError.postsFailed([id])
        }
        let blank = Post(
            id: id, brand: key, slotID: id, platform: brief.platform, contentType: brief.contentType, createdAt: context.clock.now)
        let post = try await PostWriter(context: context.with(steps)).write(
            blank,
            .init(
                brand: brand, connector: connector, contentType: type, pillar: "", brief: brief.text, language: brief.language,
                given: [brand.name, brief.text]))
        try await reporter.write { try await posts.save(post, reporter.fence) }
        CrashPoint.reach("post.saved")
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
