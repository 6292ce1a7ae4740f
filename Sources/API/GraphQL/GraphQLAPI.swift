package import GraphQL
package import GraphQLHTTP
import HTTPTypes
import Hummingbird
import JSON
package import Logging

/// The API's GraphQL face: the schema over the use cases.
package struct GraphQLAPI: Sendable {
    package static let schema = Schema(query: QueryRoot(), mutation: MutationRoot(), subscription: SubscriptionRoot())

    /// The schema in its own language, as `schema.graphql` has it.
    package static var sdl: String { SDLPrinter(schema: schema).print() }

    package let service: GraphQLService
    package let options: GraphQLOptions
    let handler: GraphQLHandler
    private let dependencies: APIDependencies

    package init(dependencies: APIDependencies, options: GraphQLOptions, allowsIntrospection: Bool, logger: Logger) {
        self.dependencies = dependencies
        var options = options
        options.bodyBytes = RequestLimits.jsonBytes
        self.options = options
        var limits = GraphQLLimits()
        limits.allowsIntrospection = allowsIntrospection
        service = GraphQLService(schema: Self.schema, limits: limits) { error, path, requestID in
            dependencies.requestWatch.note(.internal)
            logger.error(
                "a GraphQL field failed",
                metadata: ["requestId": "\(requestID ?? "")", "path": "\(JSON.array(path).text)", "error": "\(error)"])
        }
        handler = GraphQLHandler(service: service, options: options)
    }

    /// For WebSockets.
    package var access: WebSocketAccess {
        WebSocketAccess(authenticate: context(connectionPayload:handshake:), admit: admission(of:), isValid: isValid)
    }

    private func isValid(_ context: any Sendable) async -> Bool {
        guard let context = context as? GraphQLContext else { return true }
        return await dependencies.keyRing.isValid(context.principal)
    }

    /// What a WebSocket's resolvers are given; nil refuses the connection.
    ///
    /// - Parameters:
    ///   - payload: with the key as `authorization`, as the header has it: browsers cannot send headers there.
    ///   - handshake: with the header itself, or a ticket, where the payload has no key.
    private func context(
        connectionPayload payload: JSON, handshake: WebSocketAccess.Handshake
    ) async -> (any Sendable)? {
        let authorization = (payload["authorization"] ?? payload["Authorization"])?.stringValue ?? handshake.authorization
        let keyRing = dependencies.keyRing
        do {
            if authorization == nil, let ticket = handshake.ticket {
                return GraphQLContext(dependencies: dependencies, principal: try await keyRing.principal(ticket: ticket))
            }
            return GraphQLContext(dependencies: dependencies, principal: try await keyRing.principal(authorization: authorization))
        } catch {
            // Whatever the reason, the client is told with the connection's code.
            return nil
        }
    }

    /// Each operation of a WebSocket counts like a request.
    private func admission(of context: any Sendable) async -> WebSocketAccess.Admission {
        guard let context = context as? GraphQLContext else { return .admitted(place: nil) }
        if let decision = dependencies.limiter?.admit(context.principal), !decision.isAllowed {
            return .refused(AccessMiddleware.tooMany(decision).clientError)
        }
        do {
            return .admitted(place: try await dependencies.gate.enter(context.principal.workspace))
        } catch {
            return .refused(Problem(error).clientError)
        }
    }

    private func origin(_ context: APIRequestContext) -> GraphQLHandler.Origin {
        .init(
            context: GraphQLContext(dependencies: dependencies, principal: context.principal), requestID: context.requestID,
            channel: context.channel)
    }

    func add(to routes: inout RouteTable) {
        routes.on(.post, "/graphql") { request, context in
            // All that it may be: the handler reads the body itself.
            let declared = request.headers[.contentLength].flatMap { Int($0) } ?? RequestLimits.jsonBytes
            try BodyMemory.Share.current?.take(min(max(declared, 0), RequestLimits.jsonBytes))
            let response = await handler.post(request, origin(context))
            return response.status == .contentTooLarge ? Answer.closing(response, context) : response
        }
        routes.on(.get, "/graphql") { request, context in
            await handler.get(request, origin(context))
        }
    }
}
