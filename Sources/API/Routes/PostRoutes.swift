import Connectors
import Generation
import HTTPTypes
import Hummingbird
import JSON
import Knowledge
import Operations

struct PostRoutes: Sendable {
    let dependencies: APIDependencies

    func add(to routes: inout RouteTable) {
        routes.on(.post, "/v1/brands/{brandId}/posts", post)
        routes.on(.get, "/v1/posts/{postId}") { _, context in
            let id = try context.id("postId", of: "post")
            guard let post = try await dependencies.posts.post(id, workspace: context.workspace) else { throw Problem.notFound("post") }
            return Answer.json(post.json)
        }
    }

    @Sendable private func post(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        try await WorkAcceptance(dependencies: dependencies).once(request, context) { request, key in
            let brand = try await dependencies.brand(context)
            let brief = try brief(try await request.json(), brand: brand)
            let clock = dependencies.clock
            let operation = Operation(
                id: clock.makeID(), brand: brand.key, kind: .generatePost, result: .init(type: .post, id: clock.makeID()),
                input: brief.json, createdAt: clock.now)
            let acceptance = Acceptance(["operation": operation.json], operation: operation)
            try await dependencies.operations.insert(operation, record: key?.record(of: acceptance))
            return acceptance
        }
    }

    private func brief(_ value: JSON, brand: Brand) throws -> SinglePostPipeline.Brief {
        let faults = Faults()
        let fields = Fields(value, known: ["platform", "contentType", "brief", "language"], faults: faults)
        let platform = fields.text("platform", isRequired: true, limit: 64) ?? ""
        let type = fields.text("contentType", limit: 64)
        let connector = dependencies.connectors[platform]
        if connector == nil, !platform.isEmpty {
            faults.add(
                JSONPointer.root.appending("platform"),
                "\"\(platform)\" is not a known platform; known are \(dependencies.connectors.ids.joined(separator: ", "))")
        }
        if let connector, let type, connector.contentType(type) == nil {
            let known = connector.rules.contentTypes.map(\.id).joined(separator: ", ")
            faults.add(JSONPointer.root.appending("contentType"), "\"\(type)\" is not a content type of \(platform); known are \(known)")
        }
        let brief = SinglePostPipeline.Brief(
            platform: platform, contentType: type ?? connector?.rules.contentTypes.first?.id ?? "",
            text: fields.text("brief", isRequired: true, limit: 4_000) ?? "",
            language: fields.text("language", limit: 35) ?? brand.identity.languages.first ?? "en")
        try faults.check()
        return brief
    }
}
