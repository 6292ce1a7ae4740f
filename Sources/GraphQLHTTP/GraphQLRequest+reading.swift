// GraphQLHTTP: the engine over HTTP, server-sent events and WebSocket. It knows no word of the domain.

import GraphQL
import JSON

/// A request that is not well-formed, before there is anything to execute.
struct MalformedRequest: Error {
    let reason: String
}

extension GraphQLRequest {
    /// How deep a request's JSON may be.
    private static let depth = 64

    /// Of a POST's body (GraphQL over HTTP, section "POST"): unknown members are ignored, null counts as absent.
    init(body: [UInt8]) throws(MalformedRequest) {
        guard let json = try? JSON(parsing: body, maximumDepth: Self.depth) else {
            throw MalformedRequest(reason: "The body is not valid JSON.")
        }
        try self.init(json: json)
    }

    init(json: JSON) throws(MalformedRequest) {
        guard let object = json.objectValue else {
            throw MalformedRequest(
                reason: json.arrayValue == nil ? "The request is no JSON object." : "Several requests in one are not supported.")
        }
        func member<Value>(_ name: String, _ kind: String, _ read: (JSON) -> Value?) throws(MalformedRequest) -> Value? {
            guard let value = object[name], value != .null else { return nil }
            guard let read = read(value) else { throw MalformedRequest(reason: "\"\(name)\" must be \(kind).") }
            return read
        }
        let query = try member("query", "a string", \.stringValue)
        let operationName = try member("operationName", "a string", \.stringValue)
        let variables = try member("variables", "an object", \.objectValue)
        let extensions = try member("extensions", "an object", \.objectValue)
        guard query != nil || extensions?["persistedQuery"] != nil else { throw MalformedRequest(reason: "\"query\" is missing.") }
        self.init(query: query, operationName: operationName, variables: variables ?? [:], extensions: extensions ?? [:])
    }

    /// Of a GET's parameters; `variables` and `extensions` are JSON in themselves.
    init(parameters: some Sequence<(key: Substring, value: Substring)>) throws(MalformedRequest) {
        var object = JSONObject()
        for (name, value) in parameters {
            switch name {
            case "query", "operationName": object[String(name)] = .string(String(value))
            case "variables", "extensions":
                guard let json = try? JSON(parsing: Array(value.utf8), maximumDepth: Self.depth) else {
                    throw MalformedRequest(reason: "\"\(name)\" is not valid JSON.")
                }
                object[String(name)] = json
            default: break
            }
        }
        try self.init(json: .object(object))
    }
}
