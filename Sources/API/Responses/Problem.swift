import HTTPTypes
import Ingestion
package import JSON
import Knowledge
import NIOHTTP1

/// An error as clients get it: `application/problem+json` (RFC 9457).
package struct Problem: Error, Sendable {
    /// The codes of the API, each with its status and title.
    package enum Code: String, Sendable, CaseIterable {
        case malformedRequest, invalidRequest, unauthenticated, forbidden, notFound, methodNotAllowed, notAcceptable
        case conflict, stillRunning, tooLarge, unsupportedMediaType, idempotencyKeyReused, budgetExceeded, rateLimited
        case unavailable, `internal`

        var status: HTTPResponse.Status {
            switch self {
            case .malformedRequest: .badRequest
            case .invalidRequest, .idempotencyKeyReused: .unprocessableContent
            case .unauthenticated: .unauthorized
            case .forbidden: .forbidden
            case .notFound: .notFound
            case .methodNotAllowed: .methodNotAllowed
            case .notAcceptable: .notAcceptable
            case .conflict, .stillRunning: .conflict
            case .tooLarge: .contentTooLarge
            case .unsupportedMediaType: .unsupportedMediaType
            case .budgetExceeded: .init(code: 402, reasonPhrase: "Payment Required")
            case .rateLimited: .tooManyRequests
            case .unavailable: .serviceUnavailable
            case .internal: .internalServerError
            }
        }

        var title: String {
            switch self {
            case .malformedRequest: "The request cannot be parsed"
            case .invalidRequest: "The request is not valid"
            case .unauthenticated: "A key is needed"
            case .forbidden: "This is not allowed"
            case .notFound: "There is no such resource"
            case .methodNotAllowed: "The resource does not have this method"
            case .notAcceptable: "No acceptable representation"
            case .conflict: "The resource is in another state"
            case .stillRunning: "The operation is still running"
            case .tooLarge: "The request is too large"
            case .unsupportedMediaType: "The media type is not supported"
            case .idempotencyKeyReused: "The idempotency key was used for another request"
            case .budgetExceeded: "The budget is used up"
            case .rateLimited: "Too many requests"
            case .unavailable: "The service is not available right now"
            case .internal: "The service failed"
            }
        }
    }

    /// One thing that is wrong with the input.
    package struct Fault: Sendable, Hashable {
        package var pointer: JSONPointer
        package var detail: String

        /// With the place, unless it is the whole.
        var sentence: String { pointer == .root ? detail : "\(pointer.description) \(detail)" }
    }

    package var code: Code
    package var detail: String
    package var faults: [Fault] = []
    var headers: [(HTTPField.Name, String)] = []

    package init(_ code: Code, _ detail: String) {
        self.code = code
        self.detail = detail
    }

    static func invalid(_ pointer: JSONPointer, _ detail: String) -> Problem {
        var problem = Problem(.invalidRequest, detail)
        problem.faults = [Fault(pointer: pointer, detail: detail)]
        return problem
    }

    static func notFound(_ what: String) -> Problem { Problem(.notFound, "there is no such \(what)") }

    func json(requestID: String) -> JSON {
        var object: JSONObject = [
            "type": "about:blank", "title": .string(code.title), "status": JSON(code.status.code), "detail": .string(detail),
            "code": .string(code.rawValue), "requestId": .string(requestID),
        ]
        if !faults.isEmpty {
            object["errors"] = .array(faults.map { ["pointer": .string($0.pointer.description), "detail": .string($0.detail)] })
        }
        return .object(object)
    }
}

extension Problem {
    /// The one table from the errors of the layers below to what a client sees.
    init(_ error: any Error) {
        switch error {
        case let problem as Problem: self = problem
        case let error as UnreadableDocument: self = .invalid(.root.appending("content"), error.reason)
        // Where such a request ends nobody knows.
        case is HTTPParserError:
            self.init(.malformedRequest, "the body is not sent as HTTP/1.1 has it")
            headers = [(.connection, "close")]
        case let error as BudgetExceeded: self.init(.budgetExceeded, error.description)
        case StoreError.unavailable:
            self.init(.unavailable, "the database is not available")
            headers = [(.retryAfter, "2")]
        case let error as SearchError:
            self.init(.unavailable, error.description)
            if let seconds = error.retryAfter { headers = [(.retryAfter, "\(Int(seconds))")] }
        case StoreError.conflict: self.init(.conflict, "another request was first")
        case StoreError.invalid: self.init(.invalidRequest, "the database cannot store the request's values")
        case let error as ModelError:
            switch error.kind {
            case .unavailable, .suspended, .timedOut, .rateLimited:
                self.init(.unavailable, error.description)
                headers = [(.retryAfter, "\(max(5, Int(error.retryAfter ?? 0)))")]
            default: self.init(.internal, error.description)
            }
        default: self.init(.internal, "the request could not be served; the log has the reason under this request's id")
        }
    }
}
