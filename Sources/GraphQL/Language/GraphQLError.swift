// GraphQL: an engine for the specification's September 2025 edition. It knows no HTTP and no word of the domain.

package import JSON

/// What is wrong with a request, or with a field of its answer.
package struct GraphQLError: Error, Sendable, Hashable {
    /// For clients.
    package var message: String
    package var locations: [SourceLocation]
    /// Names and indexes.
    package var path: [JSON]
    /// `extensions.code`: what a client can decide by.
    package var code: Code
    /// Further members of `extensions`.
    package var details: JSONObject = [:]

    package struct Code: Sendable, Hashable, ExpressibleByStringLiteral {
        package let text: String

        package init(stringLiteral text: String) { self.text = text }
        package init(_ text: String) { self.text = text }

        package static let parseFailed: Code = "GRAPHQL_PARSE_FAILED"
        package static let validationFailed: Code = "GRAPHQL_VALIDATION_FAILED"
        package static let badUserInput: Code = "BAD_USER_INPUT"
        package static let operationResolution: Code = "OPERATION_RESOLUTION_FAILURE"
        package static let internalError: Code = "INTERNAL_SERVER_ERROR"
    }

    package init(
        _ message: String, code: Code = .internalError, locations: [SourceLocation] = [], path: [JSON] = []
    ) {
        self.message = message
        self.code = code
        self.locations = locations
        self.path = path
    }

    /// As an answer's `errors` have it.
    package var json: JSON {
        var object: JSONObject = ["message": .string(message)]
        if !locations.isEmpty {
            object["locations"] = .array(locations.map { ["line": JSON($0.line), "column": JSON($0.column)] })
        }
        if !path.isEmpty { object["path"] = .array(path) }
        var extensions = details
        extensions["code"] = .string(code.text)
        object["extensions"] = .object(extensions)
        return .object(object)
    }
}

/// A place in a document, both counted from 1; columns in Unicode scalars.
package struct SourceLocation: Sendable, Hashable {
    package var line: Int
    package var column: Int

    /// - Parameter offset: in bytes of the UTF-8 text.
    init(offset: Int, in bytes: [UInt8]) {
        (line, column) = (1, 1)
        var place = 0
        while place < min(offset, bytes.count) {
            let byte = bytes[place]
            if byte == 0x0A || byte == 0x0D {
                if byte == 0x0D, place + 1 < bytes.count, bytes[place + 1] == 0x0A { place += 1 }
                line += 1
                column = 1
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
            place += 1
        }
    }
}
