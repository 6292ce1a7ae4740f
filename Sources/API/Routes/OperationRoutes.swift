import HTTPTypes
import Hummingbird
import JSON
import Knowledge
import NIOCore
import Operations

struct OperationRoutes: Sendable {
    let dependencies: APIDependencies

    func add(to routes: inout RouteTable) {
        routes.on(.get, "/v1/operations") { request, context in
            let page = try await dependencies.operations.operations(
                workspace: context.workspace, try Self.filter(request, context.principal),
                try request.page(besides: ["brandId", "kind", "state"]))
            return Answer.json(Listing.json(page.items, next: page.nextCursor, \.json))
        }
        routes.on(.get, "/v1/operations/{operationId}") { _, context in
            Answer.json(try await operation(context).json)
        }
        routes.on(.get, "/v1/operations/{operationId}/events", events)
        routes.on(.post, "/v1/operations/{operationId}/cancel") { _, context in
            let id = try context.id("operationId", of: "operation")
            _ = try await self.operation(context)
            let operation = try await dependencies.cancel(id, workspace: context.workspace)
            return Answer.json(operation.json, status: operation.state.isTerminal ? .ok : .accepted)
        }
        routes.on(.post, "/v1/operations/{operationId}/resume") { request, context in
            try await WorkAcceptance(dependencies: dependencies).once(request, context) { _, key in
                try await dependencies.resume(try await operation(context), key)
            }
        }
    }

    /// - Throws: `Problem` naming each parameter that is wrong.
    private static func filter(_ request: Request, _ principal: Principal) throws(Problem) -> OperationFilter {
        let faults = Faults()
        var members = JSONObject()
        for name in ["brandId", "kind", "state"] {
            if let value = request.uri.queryParameters[name[...]] { members[name] = .string(String(value)) }
        }
        let fields = Fields(.object(members), known: ["brandId", "kind", "state"], faults: faults)
        let brand = fields.text("brandId", limit: 64)
        if let brand, !Slug.isValidBrandID(brand) { faults.add(JSONPointer.root.appending("brandId"), "is no brand's id") }
        let seen = principal.brands
        let filter = OperationFilter(
            brands: brand.map { seen?.intersection([$0]) ?? [$0] } ?? seen, kind: fields.choice("kind", of: Operation.Kind.self),
            state: fields.choice("state", of: Operation.State.self))
        try faults.check()
        return filter
    }

    private func operation(_ context: APIRequestContext) async throws -> Operation {
        let id = try context.id("operationId", of: "operation")
        guard let operation = try await dependencies.operations.operation(id, workspace: context.workspace),
            context.principal.sees(operation.brand)
        else {
            throw Problem.notFound("operation")
        }
        return operation
    }

    /// Server-sent events: `operation` with the version as id; the stream ends after the terminal state, or when
    /// the service shuts down, and a client goes on with `Last-Event-ID`.
    @Sendable private func events(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        let operation = try await operation(context)
        var after = 0
        if let text = request.headers[.lastEventID] {
            guard let version = Int(text), version >= 0 else {
                throw Problem.invalid(.root.appending("Last-Event-ID"), "is not an id of this stream")
            }
            after = version
        }
        let states = await OperationFeed(dependencies: dependencies).states(
            of: operation.id, workspace: operation.brand.workspace, after: after)
        // What is captured lives as long as the stream.
        let body = ResponseBody { [id = operation.id] writer in
            try await writer.write(ByteBuffer(string: ": operation \(id)\n\n"))
            var isOver = false
            for await news in states {
                if !Self.isGone(news) { try await writer.write(Self.event(news)) }
                isOver = Self.isLast(news) || isOver
            }
            if !isOver {
                // The service stops: the client comes again, with the last id, to another process.
                try await writer.write(ByteBuffer(string: "retry: 1000\n"))
                try await writer.write(ServerSentEvent.buffer("shutdown", ["detail": "the service is stopping; connect again"]))
            }
            try await writer.finish(nil)
        }
        return ServerSentEvent.response(body)
    }

    // Not inlined: what they need of the stack would be part of every stream's frame.

    @inline(never)
    private static func event(_ news: OperationNews) -> ByteBuffer {
        guard case .state(let operation) = news else { return ByteBuffer(string: ": waiting\n\n") }
        return ServerSentEvent.buffer("operation", id: operation.version, operation.json)
    }

    @inline(never)
    private static func isLast(_ news: OperationNews) -> Bool { news.operation?.state.isTerminal == true || isGone(news) }

    @inline(never)
    private static func isGone(_ news: OperationNews) -> Bool { if case .gone = news { true } else { false } }
}
