import HTTPTypes
package import Hummingbird
import JSON

/// Every route of the API.
package enum APIRouter {
    package static func make(_ dependencies: APIDependencies, _ graphQL: GraphQLAPI) -> Router<APIRequestContext> {
        let router = Router(context: APIRequestContext.self)
        router.add(middleware: ProblemMiddleware())
        router.add(middleware: AccessMiddleware(keyRing: dependencies.keyRing, limiter: dependencies.limiter))
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
    }

    /// A known path answers 405 to the methods that it does not have.
    func refuseOtherMethods() {
        for (path, known) in methods {
            let allowed = known.map(\.rawValue).sorted().joined(separator: ", ")
            for method in [HTTPRequest.Method.get, .head, .post, .put, .patch, .delete] where !known.contains(method) {
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
