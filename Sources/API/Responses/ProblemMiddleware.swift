import HTTPTypes
import Hummingbird
import Logging

/// Turns every error into a problem document, and names the request in the answer.
struct ProblemMiddleware: RouterMiddleware {
    typealias Context = APIRequestContext

    func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        var response: Response
        do {
            response = try await next(request, context)
        } catch let error as HTTPError where error.status == .notFound {
            response = Answer.problem(.notFound("resource"), context: context)
        } catch let error as HTTPError {
            response = Answer.problem(Problem(.malformedRequest, error.body ?? "the request cannot be read"), context: context)
        } catch {
            let problem = Problem(error)
            if problem.code == .internal {
                context.logger.error(
                    "a request failed",
                    metadata: ["requestId": "\(context.requestID)", "path": "\(request.uri.path)", "error": "\(error)"])
            }
            response = Answer.problem(problem, context: context)
        }
        response.headers[.xRequestID] = context.requestID
        return response
    }
}

extension HTTPField.Name {
    static let xRequestID = Self("X-Request-Id")!
    static let prefer = Self("Prefer")!
    static let preferenceApplied = Self("Preference-Applied")!
    static let lastEventID = Self("Last-Event-ID")!
}
