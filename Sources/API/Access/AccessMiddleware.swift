import HTTPTypes
import Hummingbird
import Knowledge

/// Lets a request through whose key allows it, before its body is read.
struct AccessMiddleware: RouterMiddleware {
    typealias Context = APIRequestContext

    let keyRing: KeyRing
    /// Nil where requests are not bounded.
    let limiter: RateLimiter?

    /// What answers without a key.
    private static let open: Set = ["/healthz", "/readyz", "/metrics", "/openapi.json", "/"]

    func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        if Self.open.contains(request.uri.path) { return try await next(request, context) }
        var context = context
        if let ticket = request.uri.queryParameters["ticket"], request.method == .get, request.headers[.authorization] == nil {
            context.principal = try await keyRing.principal(ticket: String(ticket))
        } else {
            context.principal = try await keyRing.principal(authorization: request.headers[.authorization])
        }
        let decision = limiter?.admit(context.principal)
        if let decision, !decision.isAllowed { throw Self.tooMany(decision) }
        if let scope = Self.scope(request.method, request.uri.path) { try context.principal.require(scope) }
        var response = try await next(request, context)
        if let limiter, let decision {
            response.headers[.rateLimitPolicy] = "\"key\";q=\(limiter.perMinute);w=60"
            response.headers[.rateLimit] = "\"key\";r=\(decision.remaining)"
        }
        return response
    }

    static func tooMany(_ decision: CellRate.Decision) -> Problem {
        let seconds = max(1, Int((decision.retryAfter / .seconds(1)).rounded(.up)))
        var problem = Problem(.rateLimited, "more requests than the key, or its workspace, may send; come again in \(seconds) s")
        problem.headers = [(.retryAfter, "\(seconds)"), (.rateLimit, "\"key\";r=0;t=\(seconds)")]
        return problem
    }

    /// Nil where the resource decides itself: GraphQL by its fields, and tickets are for every key.
    static func scope(_ method: HTTPRequest.Method, _ path: String) -> APIKey.Scope? {
        let parts = path.split(separator: "/").map(String.init)
        if path == "/graphql" || path == "/v1/tickets" { return nil }
        if parts.prefix(2) == ["v1", "keys"] { return .admin }
        if method == .get || method == .head { return .read }
        switch parts.last {
        case "search": return .read
        case "plans", "posts", "regenerate", "cancel", "resume": return .generate
        default: return parts.prefix(2) == ["v1", "posts"] ? .generate : .write
        }
    }
}

// draft-ietf-httpapi-ratelimit-headers
extension HTTPField.Name {
    static let rateLimit = Self("RateLimit")!
    static let rateLimitPolicy = Self("RateLimit-Policy")!
}
