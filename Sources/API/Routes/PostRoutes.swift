import Connectors
import Generation
import HTTPTypes
import Hummingbird
import JSON
import Knowledge
import NIOCore
import Operations
import ServiceLifecycle

struct PostRoutes: Sendable {
    let dependencies: APIDependencies

    func add(to routes: inout RouteTable) {
        routes.on(.post, "/v1/brands/{brandId}/posts", post)
        routes.on(.get, "/v1/posts/{postId}") { _, context in try await answer(try await stored(context)) }
        routes.on(.patch, "/v1/posts/{postId}", patch)
        routes.on(.post, "/v1/posts/{postId}/regenerate", regenerate)
    }

    private func stored(_ context: APIRequestContext) async throws -> Post {
        let id = try context.id("postId", of: "post")
        guard let post = try await dependencies.posts.post(id, workspace: context.workspace) else { throw Problem.notFound("post") }
        return post
    }

    private func answer(_ post: Post) async throws -> Response {
        Answer.json(try await dependencies.citedPosts.reviewed(post).json)
    }

    /// A change by hand; with `revision` it counts only while the post is of that one.
    @Sendable private func patch(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        let post = try await stored(context)
        let type = dependencies.connectors[post.platform]?.contentType(post.contentType)
        let (edit, revision) = try PostEdit.reading(try await request.json(), of: post, as: type)
        guard revision == nil || revision == post.revision else {
            throw Problem(.conflict, "the post is of revision \(post.revision) by now; read it again")
        }
        do {
            return try await answer(try await dependencies.editing.apply(edit, to: post))
        } catch StoreError.conflict {
            throw Problem(.conflict, "the post was changed by somebody else at the same time; read it again")
        } catch GenerationError.postsFailed {
            throw Problem(.conflict, "\(post.platform) \(post.contentType) is not available in this deployment any more")
        }
    }

    @Sendable private func regenerate(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        try await WorkAcceptance(dependencies: dependencies).once(request, context) { request, key in
            let post = try await stored(context)
            let faults = Faults()
            let fields = Fields(try await request.json(), known: ["instruction"], faults: faults)
            let instruction = fields.text("instruction", isRequired: true, limit: 4_000) ?? ""
            try faults.check()
            let clock = dependencies.clock
            let operation = Operation(
                id: clock.makeID(), brand: post.brand, kind: .regeneratePost, result: .init(type: .post, id: post.id),
                input: PostRewriting(revision: post.revision, instruction: instruction).json, createdAt: clock.now)
            let acceptance = Acceptance(["operation": operation.json], operation: operation)
            try await dependencies.operations.insert(operation, record: key?.record(of: acceptance))
            return acceptance
        }
    }

    @Sendable private func post(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        if request.headers[.accept]?.contains("text/event-stream") == true { return try await stream(request, context) }
        return try await WorkAcceptance(dependencies: dependencies).once(request, context) { request, key in
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

    /// The post as it is written: events `text`, then `post` with citations and checks, or `error`. It lives with its
    /// client: when the client goes, the model's call is closed and nothing is stored.
    private func stream(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        let brand = try await dependencies.brand(context)
        let brief = try brief(try await request.json(), brand: brand)
        let (posting, id, requestID) = (dependencies.posting, dependencies.clock.makeID(), context.requestID)
        let body = ResponseBody { writer in
            let (events, continuation) = AsyncStream.makeStream(of: ByteBuffer.self)
            // A task of its own: a response's writer cannot be lent to a task group.
            let writing = Task {
                do {
                    try await posting.stream(brief, id: id, brand: brand.key) { continuation.yield(Self.event($0)) }
                } catch {
                    continuation.yield(ServerSentEvent.buffer("error", Problem(error).json(requestID: requestID)))
                }
                continuation.finish()
            }
            // A comment a second shows whether the client is still there.
            let beats = Task {
                while !Task.isCancelled {
                    continuation.yield(ByteBuffer(string: ": writing\n\n"))
                    // Cancellation ends the sleep, and the loop sees it.
                    try? await Task.sleep(for: .seconds(1))
                }
            }
            defer {
                writing.cancel()
                beats.cancel()
            }
            for await event in events.cancelOnGracefulShutdown() { try await writer.write(event) }
            try await writer.finish(nil)
        }
        return ServerSentEvent.response(body)
    }

    private static func event(_ event: SinglePostPipeline.Event) -> ByteBuffer {
        switch event {
        case .text(let text): ServerSentEvent.buffer("text", ["text": .string(text)])
        case .restart: ServerSentEvent.buffer("restart", [:])
        case .finished(let post): ServerSentEvent.buffer("post", CitedPost(new: post).json)
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
