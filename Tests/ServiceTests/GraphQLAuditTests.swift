import JSON
import Testing

/// The audits of GraphQL over HTTP that the graphql-http project publishes, by their ids, as a table of our own.
@Suite struct `GraphQL over HTTP` {
    struct Audit: Sendable {
        enum Expectation: Sendable {
            case status(ClosedRange<Int>), contentType(String), noErrors, noData
        }

        var ids: String
        var method = "POST"
        var query: [String: String] = [:]
        var headers: [String: String]
        var body: String?
        var expected: [Expectation]
    }

    private static let json = ["content-type": "application/json"]
    private static let plain = json.merging(["accept": "application/json"]) { $1 }
    private static let strict = json.merging(["accept": "application/graphql-response+json"]) { $1 }
    private static let typeName = #"{"query": "{ __typename }"}"#
    private static let typeByName = "query Type($name: String!) { __type(name: $name) { name } }"

    /// One value of each JSON type that a parameter must not have.
    private static func illTyped(_ ids: String, _ parameter: String, _ values: [String]) -> [Audit] {
        values.enumerated().map { index, value in
            let body = parameter == "query" ? #"{"query": \#(value)}"# : #"{"query": "{ __typename }", "\#(parameter)": \#(value)}"#
            return Audit(ids: "\(ids)\(index)", headers: json, body: body, expected: [.status(400...400)])
        }
    }

    static let audits: [Audit] =
        [
            // Media types
            Audit(
                ids: "22EB", headers: strict, body: typeName,
                expected: [.status(200...200), .contentType("application/graphql-response+json")]),
            Audit(ids: "4655", headers: plain, body: typeName, expected: [.status(200...200), .contentType("application/json")]),
            Audit(
                ids: "47DE", headers: json.merging(["accept": "*/*"]) { $1 }, body: typeName,
                expected: [.status(200...200), .contentType("application/json")]),
            Audit(ids: "80D8", headers: json, body: typeName, expected: [.status(200...200), .contentType("application/json")]),
            Audit(ids: "82A3", headers: json, body: typeName, expected: [.status(200...200), .contentType("charset=utf-8")]),
            Audit(
                ids: "BF61", headers: ["content-type": "application/json; charset=utf-8"],
                body: #"{"query": "{ __type(name: \"Run🏃Swim🏊\") { name } }"}"#, expected: [.status(200...200), .noErrors]),
            Audit(ids: "78D5", headers: json, body: typeName, expected: [.status(200...200)]),
            // Methods
            Audit(ids: "2C94", headers: json, body: typeName, expected: [.status(200...200)]),
            Audit(ids: "5A70", method: "GET", query: ["query": "{ __typename }"], headers: [:], expected: [.status(200...200)]),
            Audit(
                ids: "9C48", method: "GET", query: ["query": "mutation { __typename }"],
                headers: ["accept": "application/graphql-response+json"], expected: [.status(400...499)]),
            Audit(ids: "9ABE", headers: [:], body: "", expected: [.status(400...499)]),
            Audit(ids: "03D4", headers: json, body: typeName, expected: [.status(200...200)]),
            Audit(ids: "A5BF", headers: json, body: "", expected: [.status(400...400)]),
            // Parameters
            Audit(ids: "423L", headers: strict, body: #"{"notquery": "{ __typename }"}"#, expected: [.status(400...400)]),
            Audit(ids: "34A2", headers: strict, body: typeName, expected: [.status(200...200)]),
            Audit(ids: "13EE", headers: plain, body: typeName, expected: [.status(200...200), .noErrors]),
            Audit(
                ids: "8161", headers: strict, body: #"{"operationName": "Query", "query": "query Query { __typename }"}"#,
                expected: [.status(200...200)]),
            Audit(
                ids: "B8B3", headers: plain, body: #"{"operationName": "Query", "query": "query Query { __typename }"}"#,
                expected: [.status(200...200), .noErrors]),
            Audit(
                ids: "2EA1", headers: strict, body: #"{"query": "\#(typeByName)", "variables": {"name": "sometype"}}"#,
                expected: [.status(200...200)]),
            Audit(
                ids: "28B9", headers: plain, body: #"{"query": "\#(typeByName)", "variables": {"name": "sometype"}}"#,
                expected: [.status(200...200), .noErrors]),
            Audit(
                ids: "D6D5", method: "GET", query: ["query": typeByName, "variables": #"{"name": "sometype"}"#],
                headers: ["accept": "application/graphql-response+json"], expected: [.status(200...200)]),
            Audit(
                ids: "6A70", method: "GET", query: ["query": typeByName, "variables": #"{"name": "sometype"}"#],
                headers: ["accept": "application/json"], expected: [.status(200...200), .noErrors]),
            Audit(
                ids: "428F", headers: strict, body: #"{"query": "{ __typename }", "extensions": {"some": "value"}}"#,
                expected: [.status(200...200)]),
            Audit(
                ids: "1B7A", headers: plain, body: #"{"query": "{ __typename }", "extensions": {"some": "value"}}"#,
                expected: [.status(200...200), .noErrors]),
            Audit(ids: "B6DC", headers: json, body: #"{ "not a JSON"#, expected: [.status(400...499)]),
            Audit(ids: "BCF8", headers: json, body: #"{ "not a JSON"#, expected: [.status(400...400)]),
            Audit(ids: "8764", headers: json, body: #"{"qeury": "{ __typename }"}"#, expected: [.status(400...599)]),
            Audit(ids: "3E3A", headers: json, body: #"{"qeury": "{ __typename }"}"#, expected: [.status(400...400)]),
            // Failures before execution
            Audit(ids: "572B", headers: plain, body: #"{"query": "{"}"#, expected: [.status(200...200)]),
            Audit(ids: "FDE2", headers: plain, body: #"{"query": "{ 8f31403dfe404bccbb0e835f2629c6a7 }"}"#, expected: [.status(200...200)]),
            Audit(
                ids: "7B9B", headers: plain, body: #"{"query": "query Failure($id: ID!) { __typename }", "variables": {"id": null}}"#,
                expected: [.status(200...200)]),
            Audit(ids: "865D", headers: strict, body: #"{"query": "{"}"#, expected: [.status(400...599)]),
            Audit(ids: "556A", headers: strict, body: #"{"query": "{"}"#, expected: [.status(400...400)]),
            Audit(ids: "D586", headers: strict, body: #"{"query": "{"}"#, expected: [.noData]),
            Audit(ids: "51FE", headers: strict, body: #"{"query": "{ a8f31403 }"}"#, expected: [.status(400...599)]),
            Audit(ids: "74FF", headers: strict, body: #"{"query": "{ a8f31403 }"}"#, expected: [.status(400...400)]),
            Audit(ids: "5E5B", headers: strict, body: #"{"query": "{ a8f31403 }"}"#, expected: [.noData]),
            Audit(
                ids: "86EE", headers: strict, body: #"{"query": "query Failure($id: ID!) { __typename }", "variables": {"id": null}}"#,
                expected: [.status(400...400)]),
        ] + illTyped("LKJ", "query", [#"{"obj": "ect"}"#, "0", "false", #"["array"]"#])
        + illTyped("6C0", "operationName", [#"{"obj": "ect"}"#, "0", "false", #"["array"]"#])
        + illTyped("476", "variables", [#""string""#, "0", "false", #"["array"]"#])
        + illTyped("58B", "extensions", [#""string""#, "0", "false", #"["array"]"#])
        + ["variables", "operationName", "extensions"].enumerated().flatMap { index, parameter in
            let body = #"{"query": "{ __typename }", "\#(parameter)": null}"#
            return [
                Audit(ids: "94B\(index)", headers: strict, body: body, expected: [.status(200...200), .noErrors]),
                Audit(ids: "022\(index)", headers: plain, body: body, expected: [.status(200...200), .noErrors]),
            ]
        }

    /// What the design's table has beyond the audits.
    static let own: [Audit] = [
        Audit(
            ids: "mutation over GET", method: "GET", query: ["query": "mutation { deleteBrand(id: \"x\") }"], headers: [:],
            expected: [.status(405...405)]),
        Audit(
            ids: "a form", headers: ["content-type": "application/x-www-form-urlencoded"], body: "query={__typename}",
            expected: [.status(415...415)]),
        Audit(ids: "plain text", headers: ["content-type": "text/plain"], body: typeName, expected: [.status(415...415)]),
        Audit(
            ids: "nothing acceptable", headers: json.merging(["accept": "image/png"]) { $1 }, body: typeName, expected: [.status(406...406)]
        ),
        Audit(ids: "a batch", headers: json, body: "[\(typeName)]", expected: [.status(400...400), .noData]),
        Audit(
            ids: "too large", headers: json, body: #"{"query": "\#(String(repeating: "x", count: 9 << 20))"}"#,
            expected: [.status(413...413)]),
        Audit(
            ids: "weights", headers: json.merging(["accept": "application/json;q=0.5, application/graphql-response+json"]) { $1 },
            body: typeName, expected: [.contentType("application/graphql-response+json")]),
        Audit(
            ids: "an error of a field", headers: strict,
            body: #"{"query": "mutation { cancelOperation(id: \"nope\") { id } }"}"#, expected: [.status(200...200)]),
        Audit(
            ids: "a subscription without a stream", headers: plain,
            body: #"{"query": "subscription { operationUpdated(id: \"x\") { id } }"}"#,
            expected: [.status(406...406)]),
        Audit(
            ids: "a refused subscription", headers: json.merging(["accept": "text/event-stream"]) { $1 },
            body: #"{"query": "subscription { nope }"}"#, expected: [.status(200...200), .contentType("text/event-stream")]),
        Audit(ids: "another method", method: "DELETE", headers: [:], expected: [.status(405...405)]),
        Audit(
            ids: "a foreign page's stream", method: "GET", query: ["query": "{ __typename }"],
            headers: ["accept": "text/event-stream", "origin": "https://evil.example"], expected: [.status(403...403)]),
    ]

    @Test func `passes all audits`() async throws {
        #expect(Self.audits.count == 60)
        let service = try await ServiceUnderTest()
        for audit in Self.audits + Self.own {
            let query = audit.query.map { "\($0.key)=\(Self.escaped($0.value))" }.joined(separator: "&")
            let path = "/graphql" + (query.isEmpty ? "" : "?" + query)
            let answer = try await service.call(audit.method, path, audit.body.map { Array($0.utf8) }, audit.headers)
            for expectation in audit.expected {
                let holds: Bool
                switch expectation {
                case .status(let range): holds = range.contains(answer.status)
                case .contentType(let part):
                    holds = answer.headers.contains { $0.name.lowercased() == "content-type" && $0.value.contains(part) }
                case .noErrors: holds = answer.json["errors"] == nil && answer.json["data"] != nil
                case .noData: holds = answer.json["data"] == nil && answer.json["errors"] != nil
                }
                #expect(holds, "\(audit.ids): \(expectation), not \(answer.status) \(answer.text.prefix(300))")
            }
        }
    }

    private static func escaped(_ text: String) -> String {
        text.utf8.map { byte in
            let isPlain = (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            return isPlain ? String(UnicodeScalar(byte)) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
        }.joined()
    }
}
