import HTTPTypes
import JSON

/// A refusal in the shape of OpenAI's API.
struct APIError: Error, Hashable {
    var status: HTTPResponse.Status
    var message: String
    var type = "invalid_request_error"
    var code: String?

    var json: JSON {
        ["error": ["message": .string(message), "type": .string(type), "param": .null, "code": JSON(code)]]
    }

    static func badRequest(_ message: String, code: String? = nil) -> APIError {
        APIError(status: .badRequest, message: message, code: code)
    }

    static func missing(_ name: String) -> APIError {
        badRequest("Missing required parameter: '\(name)'.", code: "missing_required_parameter")
    }
}
