import HTTPTypes
import Hummingbird

/// Tells browsers which pages of other origins may use the service (the Fetch standard's CORS protocol); without credentials,
/// since keys are sent as a header by the page itself.
struct CrossOrigin: RouterMiddleware {
    typealias Context = APIRequestContext

    let allowedOrigins: Set<String>

    /// Those that the service reads, beside the ones that pages may always send.
    private static let requestHeaders =
        "Authorization, Cache-Control, Content-Type, Idempotency-Key, Last-Event-ID, Prefer, traceparent, tracestate"
    private static let responseHeaders =
        "Content-Disposition, Idempotent-Replayed, Location, Preference-Applied, RateLimit, RateLimit-Policy, Retry-After, "
        + "WWW-Authenticate, X-Request-Id"

    func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        guard !allowedOrigins.isEmpty else { return try await next(request, context) }
        guard let origin = request.headers[.origin], allowedOrigins.contains(origin) else {
            var response = try await next(request, context)
            response.headers.append(HTTPField(name: .vary, value: "Origin"))
            return response
        }
        let isPreflight = request.method == .options && request.headers[.accessControlRequestMethod] != nil
        var response = isPreflight ? preflight(context) : try await next(request, context)
        response.headers[.accessControlAllowOrigin] = origin
        response.headers[.accessControlExposeHeaders] = Self.responseHeaders
        response.headers.append(HTTPField(name: .vary, value: "Origin"))
        return response
    }

    private func preflight(_ context: Context) -> Response {
        Response(
            status: .noContent,
            headers: [
                .accessControlAllowMethods: "GET, HEAD, POST, PUT, PATCH, DELETE", .accessControlAllowHeaders: Self.requestHeaders,
                .accessControlMaxAge: "600", .xRequestID: context.requestID,
            ])
    }
}
