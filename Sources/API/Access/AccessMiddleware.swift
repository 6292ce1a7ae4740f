import HTTPTypes
import Hummingbird
import Knowledge
import NIOCore
import NIOHTTPTypes

/// Lets a request through whose key allows it, before its body is read.
struct AccessMiddleware: RouterMiddleware {
    typealias Context = APIRequestContext

    let readiness: Readiness
    let keyRing: KeyRing
    /// Nil where requests are not bounded.
    let limiter: RateLimiter?
    let gate: WorkspaceGate
    let bodies: BodyMemory
    /// Pages' origins that may use the service without keys, beside its own.
    let allowedOrigins: Set<String>

    /// What answers without a key.
    private static let open: Set = ["/healthz", "/readyz", "/metrics", "/openapi.json", "/"]

    func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        if Self.open.contains(request.uri.path) { return try await next(request, context) }
        if keyRing.isOpen { try LoopbackPages(allowedOrigins: allowedOrigins).check(request) }
        if !readiness.isReady { try await readiness.waitBriefly() }
        let context = try await identified(context, request)
        guard let limiter else { return try await admitted(request, context, next) }
        let decision = limiter.admit(context.principal)
        let rate = Self.rate(decision, limiter.perMinute)
        guard decision.isAllowed else { throw Self.told(Self.tooMany(decision), with: rate) }
        do {
            var response = try await admitted(request, context, next)
            response.headers.append(contentsOf: rate)
            return response
        } catch {
            throw Self.told(error, with: rate)
        }
    }

    private func identified(_ context: Context, _ request: Request) async throws -> Context {
        var context = context
        if let ticket = request.uri.queryParameters["ticket"], request.method == .get, request.headers[.authorization] == nil {
            context.principal = try await keyRing.principal(ticket: String(ticket))
        } else {
            context.principal = try await keyRing.principal(authorization: request.headers[.authorization])
        }
        context.caller.workspace = context.workspace
        return context
    }

    /// The error with the headers of the rate limit; what was not foreseen is told to the log, further out.
    private static func told(_ error: any Error, with rate: HTTPFields) -> any Error {
        if error is CancellationError { return error }
        let isUnknownPath = (error as? HTTPError)?.status == .notFound
        var problem = isUnknownPath ? .notFound("resource") : Problem(error)
        guard problem.code != .internal else { return error }
        problem.headers += rate.map { ($0.name, $0.value) }
        return problem
    }

    private func admitted(
        _ request: Request, _ context: Context, _ next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        var context = context
        if let scope = Self.scope(request.method, request.uri.path) { try context.principal.require(scope) }
        let slot = try await gate.enter(context.workspace)
        defer { slot.leave() }
        context.slot = slot
        Self.inviteBody(of: request, context)
        let work = WorkContext.with { $0.workspace = context.workspace }
        var response = try await WorkContext.$current.withValue(work) { [context] in
            guard let share = bodies.share(ofBodyWith: Self.bodyLength(request), for: context.workspace) else {
                return try await next(request, context)
            }
            defer { share.giveBack() }
            return try await BodyMemory.Share.$current.withValue(share) { try await next(request, context) }
        }
        if response.body.contentLength == nil { response.body = watched(response.body, context, work) }
        return response
    }

    /// A client that asked whether to send its body is told to, now that nothing speaks against it (RFC 9110, section 10.1.1).
    private static func inviteBody(of request: Request, _ context: Context) {
        guard request.headers[.expect]?.lowercased() == "100-continue" else { return }
        context.channel.writeAndFlush(HTTPResponsePart.head(HTTPResponse(status: .continue)), promise: nil)
    }

    /// A stream that knows whose it is, and whose connection is closed when its key ends.
    private func watched(_ body: ResponseBody, _ context: Context, _ work: WorkContext) -> ResponseBody {
        ResponseBody { [keyRing, principal = context.principal, channel = context.channel] writer in
            let watch = principal.keyID.map { _ in
                Task {
                    while !Task.isCancelled {
                        try await Task.sleep(for: .seconds(1))
                        if await !keyRing.isValid(principal) { channel.close(promise: nil) }
                    }
                }
            }
            defer { watch?.cancel() }
            try await WorkContext.$current.withValue(work) { try await body.write(writer) }
        }
    }

    private static func rate(_ decision: CellRate.Decision, _ perMinute: Int) -> HTTPFields {
        let rest = decision.isAllowed ? "r=\(decision.remaining)" : "r=0;t=\(seconds(decision))"
        return [.rateLimit: "\"key\";\(rest)", .rateLimitPolicy: "\"key\";q=\(perMinute);w=60"]
    }

    /// Nil where it is not known before.
    private static func bodyLength(_ request: Request) -> Int? {
        request.headers[.transferEncoding] == nil ? request.headers[.contentLength].flatMap { Int($0) } ?? 0 : nil
    }

    private static func seconds(_ decision: CellRate.Decision) -> Int { max(1, Int((decision.retryAfter / .seconds(1)).rounded(.up))) }

    static func tooMany(_ decision: CellRate.Decision) -> Problem {
        let seconds = seconds(decision)
        var problem = Problem(.rateLimited, "more requests than the key, or its workspace, may send; come again in \(seconds) s")
        problem.headers = [(.retryAfter, "\(seconds)")]
        return problem
    }

    /// Nil where the resource decides itself: GraphQL by its fields, and tickets are for every key.
    static func scope(_ method: HTTPRequest.Method, _ path: String) -> APIKey.Scope? {
        let parts = path.split(separator: "/").map(String.init)
        if path == "/graphql" || path == "/v1/tickets" { return nil }
        if parts.first == "v1", parts.count > 1, ["keys", "usage", "webhooks"].contains(parts[1]) { return .admin }
        if method == .get || method == .head { return .read }
        // Only what is posted has a verb at its end; elsewhere that is somebody's id.
        guard method == .post else { return parts.prefix(2) == ["v1", "posts"] ? .generate : .write }
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
