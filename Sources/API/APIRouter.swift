import GraphQLHTTP
import HTTPTypes
package import Hummingbird
import JSON

/// Every route of the API.
package enum APIRouter {
    package static func make(_ dependencies: APIDependencies, _ graphQL: GraphQLAPI) -> Router<APIRequestContext> {
        let router = Router(context: APIRequestContext.self)
        router.add(middleware: CrossOrigin(allowedOrigins: graphQL.options.allowedOrigins))
        router.add(
            middleware: RequestMiddleware(
                watch: dependencies.requestWatch, readiness: dependencies.readiness, logger: dependencies.logger))
        router.add(
            middleware: AccessMiddleware(
                readiness: dependencies.readiness, keyRing: dependencies.keyRing, limiter: dependencies.limiter, gate: dependencies.gate,
                bodies: BodyMemory(), allowedOrigins: graphQL.options.allowedOrigins))
        var routes = RouteTable(router: router)
        ServiceRoutes(dependencies: dependencies).add(to: &routes)
        BrandRoutes(dependencies: dependencies).add(to: &routes)
        DocumentRoutes(dependencies: dependencies).add(to: &routes)
        SearchRoutes(dependencies: dependencies).add(to: &routes)
        PlanRoutes(dependencies: dependencies).add(to: &routes)
        PostRoutes(dependencies: dependencies).add(to: &routes)
        OperationRoutes(dependencies: dependencies).add(to: &routes)
        MediaRoutes(dependencies: dependencies).add(to: &routes)
        KeyRoutes(dependencies: dependencies).add(to: &routes)
        UsageRoutes(dependencies: dependencies).add(to: &routes)
        WebhookRoutes(dependencies: dependencies).add(to: &routes)
        graphQL.add(to: &routes)
        routes.refuseOtherMethods()
        return router
    }
}

/// Adds routes, and knows which methods each path has.
struct RouteTable {
    typealias Handler = @Sendable (Request, APIRequestContext) async throws -> Response

    let router: Router<APIRequestContext>
    private var methods: [String: [HTTPRequest.Method]] = [:]

    init(router: Router<APIRequestContext>) { self.router = router }

    mutating func on(_ method: HTTPRequest.Method, _ path: String, _ handler: @escaping Handler) {
        methods[path, default: []].append(method)
        router.on(RouterPath(path), method: method) { request, context in try await handler(request, context) }
        guard method == .get, !path.hasSuffix("/events"), path != "/graphql" else { return }
        // The head of what GET answers (RFC 9110 section 9.3.2); streams and queries are not begun for it.
        methods[path, default: []].append(.head)
        router.on(RouterPath(path), method: .head) { request, context in try await handler(request, context) }
    }

    /// All that the HTTP parser lets through.
    private static let methods = [
        "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "QUERY", "ACL", "BIND", "CHECKOUT", "COPY", "LINK",
        "LOCK", "M-SEARCH", "MERGE", "MKACTIVITY", "MKCALENDAR", "MKCOL", "MOVE", "NOTIFY", "PROPFIND", "PROPPATCH", "PURGE", "REBIND",
        "REPORT", "SEARCH", "SOURCE", "SUBSCRIBE", "UNBIND", "UNLINK", "UNLOCK", "UNSUBSCRIBE",
    ].compactMap { HTTPRequest.Method($0) }

    /// A known path answers 405 to the methods that it does not have.
    func refuseOtherMethods() {
        for (path, known) in methods {
            let allowed = known.map(\.rawValue).sorted().joined(separator: ", ")
            for method in Self.methods where !known.contains(method) {
                router.on(RouterPath(path), method: method) { _, _ -> Response in
                    var problem = Problem(.methodNotAllowed, "this resource has \(allowed)")
                    problem.headers = [(.allow, allowed)]
                    throw problem
                }
            }
        }
    }
}

/// A list as clients get it.
enum Listing {
    static func json<Item>(_ items: [Item], next: String?, _ render: (Item) -> JSON) -> JSON {
        ["items": .array(items.map(render)), "nextCursor": JSON(next)]
    }
}
