import HTTPTypes
import Hummingbird
import Knowledge
import Logging
import Telemetry
import Tracing

/// The outermost layer but for `CrossOrigin`: names each request, turns every error into a problem document, and counts, traces and logs what
/// was answered.
struct RequestMiddleware: RouterMiddleware {
    typealias Context = APIRequestContext

    let watch: RequestWatch
    let readiness: Readiness
    let logger: Logger
    /// Requests that take longer are logged whatever they do.
    private static let slow = Duration.seconds(1)

    func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        var trace = ServiceContext.topLevel
        InstrumentationSystem.instrument.extract(request.headers, into: &trace, using: HeaderExtractor())
        let presence = RequestPresence(watch)
        var response = await withSpan(request.method.rawValue, context: trace, ofKind: .server) { span in
            var work = WorkContext()
            work.requestID = context.requestID
            work.traceparent = TraceContext.current?.traceparent
            return await WorkContext.$current.withValue(work) {
                let (response, code) = await answer(request, context, next)
                describe(span, request, context, response)
                note(request, context, response.status.code, code, start.duration(to: .now))
                return response
            }
        }
        response.headers[.xRequestID] = context.requestID
        if readiness.isLeaving { response.headers[.connection] = "close" }
        if request.method == .head { response.body = .headOnly(response.body.contentLength) }
        guard response.body.contentLength == nil else { return response }
        let body = response.body
        response.body = ResponseBody { writer in
            try await body.write(writer)
            _ = presence
        }
        return response
    }

    private func answer(
        _ request: Request, _ context: Context, _ next: @concurrent (Request, Context) async throws -> Response
    ) async -> (response: Response, code: Problem.Code?) {
        let problem: Problem
        do {
            return (try await next(request, context), nil)
        } catch let error as HTTPError where error.status == .notFound {
            problem = .notFound("resource")
        } catch let error as HTTPError {
            problem = Problem(.malformedRequest, error.body ?? "the request cannot be read")
        } catch {
            problem = Problem(error)
            if problem.code == .internal || problem.code == .unavailable {
                logger.error(
                    "a request failed",
                    metadata: [
                        "requestId": "\(context.requestID)", "path": "\(request.uri.path)", "error": "\(error)",
                        "workspace": "\(context.caller.workspace ?? "")",
                    ])
            }
        }
        return (Answer.problem(problem, context: context), problem.code)
    }

    private func describe(_ span: any Span, _ request: Request, _ context: Context, _ response: Response) {
        let route = context.endpointPath ?? "unknown"
        span.operationName = "\(request.method.rawValue) \(route)"
        span.attributes["http.request.method"] = request.method.rawValue
        span.attributes["http.route"] = route
        span.attributes["http.response.status_code"] = Int64(response.status.code)
        if response.status.code >= 500 { span.setStatus(SpanStatus(code: .error)) }
    }

    private func note(_ request: Request, _ context: Context, _ status: Int, _ code: Problem.Code?, _ duration: Duration) {
        let route = context.endpointPath ?? "unknown"
        watch.note(request.method.rawValue, route, status, code, duration)
        let isQuiet = status < 400 && (request.method == .get || route.hasSuffix("/search")) && duration < Self.slow
        let level: Logger.Level = isQuiet ? .debug : .info
        guard logger.logLevel <= level else { return }
        var metadata: Logger.Metadata = [
            "requestId": "\(context.requestID)", "method": "\(request.method.rawValue)", "route": "\(route)", "status": "\(status)",
            "milliseconds": "\((duration / .milliseconds(1) * 10).rounded() / 10)",
        ]
        if let code { metadata["code"] = "\(code.rawValue)" }
        if let workspace = context.caller.workspace { metadata["workspace"] = "\(workspace)" }
        logger.log(level: level, "request", metadata: metadata)
    }
}

/// Counts as a request in flight for as long as anybody holds it: a stream's body does to its end.
private final class RequestPresence: Sendable {
    private let watch: RequestWatch

    init(_ watch: RequestWatch) {
        self.watch = watch
        watch.began()
    }

    deinit { watch.ended() }
}

extension ResponseBody {
    /// Sends nothing, and tells the length of what would have been sent: errors have no body either.
    fileprivate static func headOnly(_ length: Int?) -> ResponseBody {
        ResponseBody(contentLength: length) { writer in try await writer.finish(nil) }
    }
}

private struct HeaderExtractor: Extractor {
    func extract(key: String, from headers: HTTPFields) -> String? { HTTPField.Name(key).flatMap { headers[$0] } }
}

extension HTTPField.Name {
    static let xRequestID = Self("X-Request-Id")!
    static let prefer = Self("Prefer")!
    static let preferenceApplied = Self("Preference-Applied")!
    static let lastEventID = Self("Last-Event-ID")!
}
