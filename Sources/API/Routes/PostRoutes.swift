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
        guard let post = try await dependencies.posts.post(id, workspace: context.workspace), context.principal.sees(post.brand)
        else { throw Problem.notFound("post") }
        return post
    }

    private func answer(_ post: Post) async throws -> Response {
        Answer.json(try await dependencies.citedPosts.reviewed(post).json)
    }

    /// A change by hand; with `revision` it counts only while the post is of that one.
    @Sendable private func patch(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        let post = try await dependencies.edit(try await stored(context), try await request.json())
        return try await answer(post)
    }

    @Sendable private func regenerate(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        try await WorkAcceptance(dependencies: dependencies).once(request, context) { request, key in
            let post = try await stored(context)
            return try await dependencies.acceptRewriting(try await request.json(), of: post, key)
        }
    }

    @Sendable private func post(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        guard let type = AcceptHeader(request.headers[.accept]).best(of: ["application/json", ServerSentEvent.mediaType]) else {
            throw Problem(.notAcceptable, "a post can be had as application/json or \(ServerSentEvent.mediaType)")
        }
        if type == ServerSentEvent.mediaType { return try await stream(request, context) }
        return try await WorkAcceptance(dependencies: dependencies).once(request, context) { request, key in
            let brand = try await dependencies.brand(context)
            return try await dependencies.acceptPost(try await request.json(), brand, key)
        }
    }

    /// The post as it is written: events `text`, then `post` with citations and checks, or `error`. It lives with its
    /// client: when the client goes, the model's call is closed and nothing is stored.
    private func stream(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        // A stream cannot be given again: a key is looked at, and does not count.
        var request = request
        _ = try await IdempotencyKey(&request, context, now: dependencies.clock.now)
        let brand = try await dependencies.brand(context)
        let brief = try dependencies.brief(try await request.json(), brand: brand)
        try await dependencies.checkBudget(context.workspace)
        let (posting, id, requestID) = (dependencies.posting, dependencies.clock.makeID(), context.requestID)
        let body = ResponseBody { writer in
            let (events, continuation) = AsyncStream.makeStream(of: ByteBuffer?.self)
            // A task of its own: a response's writer cannot be lent to a task group.
            let writing = Task {
                do {
                    try await posting.stream(brief, id: id, brand: brand.key) { continuation.yield(Self.event($0)) }
                } catch {
                    continuation.yield(ServerSentEvent.buffer("error", Problem(error).json(requestID: requestID)))
                }
                continuation.yield(nil)
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
            var isOver = false
            for await event in events.cancelOnGracefulShutdown() {
                guard let event else {
                    isOver = true
                    break
                }
                try await writer.write(event)
            }
            if !isOver {
                try await writer.write(ServerSentEvent.buffer("shutdown", ["detail": "the service is stopping; ask again"]))
            }
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

}
