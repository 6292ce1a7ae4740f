import HTTPTypes
import Hummingbird
import JSON
import Knowledge

struct BrandRoutes: Sendable {
    let dependencies: APIDependencies

    func add(to routes: inout RouteTable) {
        routes.on(.put, "/v1/brands/{brandId}", put)
        routes.on(.get, "/v1/brands") { request, context in
            let page = try await dependencies.brands.brands(workspace: context.workspace, try request.page())
            return Answer.json(Listing.json(page.items, next: page.nextCursor, \.json))
        }
        routes.on(.get, "/v1/brands/{brandId}") { _, context in
            Answer.json(try await dependencies.brand(context).json)
        }
        routes.on(.delete, "/v1/brands/{brandId}") { _, context in
            let key = try context.brandKey()
            let deleted = try await dependencies.brands.delete(key)
            await dependencies.index.remove(brand: key)
            guard deleted else { throw Problem.notFound("brand") }
            return Response(status: .noContent)
        }
    }

    @Sendable private func put(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        let id = context.parameters.get("brandId") ?? ""
        guard Slug.isValidBrandID(id) else {
            throw Problem.invalid(
                .root.appending("brandId"), "a brand's id has 1 to 64 lower-case letters, digits and hyphens, and begins with no hyphen")
        }
        let key = BrandKey(workspace: context.workspace, brand: id)
        let brand = try Self.brand(key, try await request.json(), clock: dependencies.clock)
        let created = try await dependencies.brands.put(brand)
        let stored = try await dependencies.brands.brand(key) ?? brand
        return Answer.json(
            stored.json, status: created ? .created : .ok, headers: created ? [(.location, "/v1/brands/\(id)")] : [])
    }

    private static func brand(_ key: BrandKey, _ value: JSON, clock: any WallClock) throws -> Brand {
        let faults = Faults()
        let fields = Fields(value, known: ["name", "identity", "goals", "metadata"], faults: faults)
        var identity = Brand.Identity()
        if let value = fields.object["identity"], value != .null {
            let known = ["voice", "tone", "values", "audience", "dos", "donts", "bannedTerms", "requiredTerms", "style", "languages"]
            let fields = Fields(value, at: .root.appending("identity"), known: known, faults: faults)
            identity.voice = fields.text("voice") ?? ""
            identity.tone = fields.text("tone") ?? ""
            identity.values = fields.texts("values")
            identity.audience = fields.text("audience") ?? ""
            identity.dos = fields.texts("dos")
            identity.donts = fields.texts("donts")
            identity.bannedTerms = fields.texts("bannedTerms", limit: 100)
            identity.requiredTerms = fields.texts("requiredTerms", limit: 100)
            if fields.has("style"), let value = fields.object["style"] {
                identity.style = style(Fields(value, at: fields.pointer.appending("style"), known: styleMembers, faults: faults))
            }
            identity.languages = fields.texts("languages", limit: 35)
        }
        let brand = Brand(
            key: key, name: fields.text("name", isRequired: true, limit: 200) ?? "", identity: identity, goals: fields.texts("goals"),
            metadata: fields.metadata(), createdAt: clock.now, updatedAt: clock.now)
        try faults.check()
        return brand
    }

    private static let styleMembers = ["person", "maxEmoji", "maxHashtags", "maxSentenceWords", "maxReadingLevel"]

    private static func style(_ fields: Fields) -> Brand.Style {
        var style = Brand.Style()
        style.person = fields.choice("person", of: Brand.Style.Person.self)
        style.maxEmoji = fields.integer("maxEmoji", in: 0...100)
        style.maxHashtags = fields.integer("maxHashtags", in: 0...100)
        style.maxSentenceWords = fields.integer("maxSentenceWords", in: 3...200)
        style.maxReadingLevel = fields.integer("maxReadingLevel", in: 10...100)
        return style
    }
}
