import Foundation
import JSON
import LocalParts
import Testing

@testable import GraphQL

/// Our engine beside graphql-core, the reference implementation's port to Python.
@Suite struct `The engine and graphql-core` {
    private let service = GraphQLService(schema: mockSchema, limits: .none)
    /// Documents of each test; many more when the environment says so.
    private let count = Int(ProcessInfo.processInfo.environment["GRAPHQL_DOCUMENTS"] ?? "") ?? 1_500

    /// The same documents each time, unless the environment says others.
    private let seed = Int(ProcessInfo.processInfo.environment["GRAPHQL_SEED"] ?? "") ?? 20_250_904

    private func ask(_ order: JSON) async throws -> JSON {
        let script = "import sys; sys.path.insert(0, sys.argv[1]); import oracle"
        let folder = LocalParts.root + "/Tests/GraphQLTests/Oracle"
        return try JSON(parsing: Array(try await LocalParts.runPython(script, [folder], input: Data(order.utf8Bytes))))
    }

    private var sdl: String { SDLPrinter(schema: mockSchema).print() }

    private func run(_ text: String, _ variables: JSONObject = [:]) async -> Response {
        switch service.prepare(GraphQLRequest(query: text, variables: variables)) {
        case .success(let prepared): await service.execute(prepared, context: ())
        case .failure(let refusal): refusal.response
        }
    }

    @Test func `print and describe the same schema`() async throws {
        let query = try await ask(["task": "standardQuery"])["query"]?.stringValue ?? ""
        let answer = await run(query)
        #expect(answer.errors.isEmpty)
        let printed = try await ask(["task": "schema", "sdl": .string(sdl), "introspection": try #require(answer.data)])
        #expect(printed["sdl"]?.stringValue == sdl.trimmingCharacters(in: .newlines))
        #expect(printed["introspection"]?.stringValue == sdl.trimmingCharacters(in: .newlines))
    }

    @Test func `accept and refuse the same documents`() async throws {
        let answer = try await ask([
            "task": "validate", "sdl": .string(sdl), "count": JSON(count), "hypothesis": JSON(count / 10), "seed": JSON(seed),
        ])
        let documents = answer["documents"]?.arrayValue ?? []
        var accepted = 0
        var differences: [String] = []
        for document in documents {
            let text = document["text"]?.stringValue ?? ""
            var reason = "accepted"
            do throws(GraphQLError) {
                let parsed = try Parser.parse(text, limits: .none)
                let errors = Validator.validate(parsed, schema: mockSchema, limits: .none)
                if let first = errors.first { reason = first.message }
            } catch {
                reason = error.message
            }
            if document["accepted"]?.boolValue == true { accepted += 1 }
            if (reason == "accepted") != (document["accepted"]?.boolValue == true) { differences.append("\(reason): \(text)") }
        }
        #expect(documents.count >= count && accepted > documents.count / 10 && accepted < documents.count * 9 / 10)
        #expect(
            differences.isEmpty,
            "seed \(seed), \(differences.count) of \(documents.count):\n\(differences.prefix(8).joined(separator: "\n\n"))")
    }

    @Test func `execute the same answers`() async throws {
        let answer = try await ask(["task": "execute", "sdl": .string(sdl), "count": JSON(count / 2), "seed": JSON(seed)])
        let runs = answer["runs"]?.arrayValue ?? []
        #expect(runs.count == count / 2)
        var differences: [String] = []
        var failing = 0
        for run in runs {
            let text = run["text"]?.stringValue ?? ""
            let answer = await self.run(text, run["variables"]?.objectValue ?? [:])
            if run["errors"]?.arrayValue?.isEmpty == false { failing += 1 }
            if let difference = Self.difference(answer, run) {
                differences.append("\(difference)\n\(text)\n\(run["variables"]?.text ?? "")\n\(answer.json.text)\n\(run.text)")
            }
        }
        #expect(failing > runs.count / 20, "errors are compared too")
        #expect(
            differences.isEmpty, "seed \(seed), \(differences.count) of \(runs.count):\n\(differences.prefix(5).joined(separator: "\n\n"))")
    }

    private static func difference(_ answer: Response, _ expected: JSON) -> String? {
        if expected["refused"] == true { return answer.data ?? .null == .null && !answer.errors.isEmpty ? nil : "should be refused" }
        let data = normalized(answer.data ?? .null)
        guard data == normalized(expected["data"] ?? .null) else { return "data" }
        let theirs = Set((expected["errors"]?.arrayValue ?? []).map { error(path: $0["path"], $0["locations"]) })
        let ours = Set(answer.errors.map { error(path: $0.json["path"], $0.json["locations"]) })
        if !theirs.isSubset(of: ours) { return "an error is missing" }
        // Where one failure made a parent null, graphql-core leaves out what else fails below it; the specification allows both.
        for extra in answer.errors where !theirs.contains(error(path: extra.json["path"], extra.json["locations"])) {
            if !isBelowNull(extra.path, data) { return "an error too many" }
        }
        return nil
    }

    private static func error(path: JSON?, _ locations: JSON?) -> String { "\(path?.text ?? "") \(locations?.text ?? "")" }

    private static func isBelowNull(_ path: [JSON], _ data: JSON) -> Bool {
        var value = data
        for element in path.dropLast() {
            if value == .null { return true }
            value = (element.stringValue.flatMap { value[$0] } ?? element.integerValue.flatMap { value[$0] }) ?? .null
        }
        return value == .null
    }

    private static func sorted(_ value: JSON) -> JSON {
        switch value {
        case .array(let elements): .array(elements.map(sorted))
        case .object(let object):
            .object(JSONObject(object.members.sorted { $0.key < $1.key }.map { .init(key: $0.key, value: sorted($0.value)) }))
        default: value
        }
    }

    /// Numbers as doubles, and what `echo` says as the JSON that it is.
    private static func normalized(_ value: JSON) -> JSON {
        switch value {
        case .integer(let number): return .number(Double(number))
        case .string(let text):
            guard text.hasPrefix("{"), let parsed = try? JSON(parsing: Array(text.utf8)), let object = parsed.objectValue else {
                return value
            }
            return normalized(sorted(.object(object)))
        case .array(let elements): return .array(elements.map(normalized))
        case .object(let object):
            let members = object.members.map { JSONObject.Member(key: $0.key, value: normalized($0.value)) }
            return .object(JSONObject(members))
        default: return value
        }
    }
}
