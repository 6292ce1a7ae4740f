import Foundation
import JSON
import Testing

@testable import GraphQL

@Suite struct `Documents that cost too much` {
    private let service = GraphQLService(schema: mockSchema)

    /// The codes of a refusal, and how long it took.
    private func refusal(_ text: String, _ service: GraphQLService? = nil) -> (codes: Set<String>, duration: Duration) {
        var codes: Set<String> = []
        let start = Self.threadTime
        if case .failure(let refusal) = (service ?? self.service).prepare(GraphQLRequest(query: text)) {
            codes = Set(refusal.errors.map(\.code.text))
        }
        return (codes, Self.threadTime - start)
    }

    /// The processor's time alone: other tests run beside this one.
    private static var threadTime: Duration {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }

    private static func fragments(_ count: Int, _ body: (Int) -> String) -> String {
        (0..<count).map { "fragment F\($0) on Person { \(body($0)) }" }.joined(separator: " ")
    }

    static let bombs: [(name: String, text: String, code: String)] = [
        ("tokens", "{ " + String(repeating: "a ", count: 3_000) + "}", "TOKEN_LIMIT_EXCEEDED"),
        ("bytes", "{ __typename } #" + String(repeating: "x", count: 70_000), "DOCUMENT_LIMIT_EXCEEDED"),
        ("selections", String(repeating: "{ a ", count: 500), "NESTING_DEPTH_EXCEEDED"),
        ("lists", "{ echo(any: " + String(repeating: "[", count: 500) + " }", "NESTING_DEPTH_EXCEEDED"),
        ("objects", "{ echo(any: " + String(repeating: "{a: ", count: 500) + " }", "NESTING_DEPTH_EXCEEDED"),
        ("types", "query ($v: " + String(repeating: "[", count: 500) + ") { a }", "NESTING_DEPTH_EXCEEDED"),
        ("aliases", "{ people { " + (0..<200).map { "a\($0): name " }.joined() + "} }", "ALIAS_LIMIT_EXCEEDED"),
        ("roots", "{ " + (0..<21).map { "a\($0): __typename " }.joined() + "}", "ROOT_FIELD_LIMIT_EXCEEDED"),
        (
            "depth",
            "{ people { " + String(repeating: "bestFriend { ", count: 12) + "name" + String(repeating: " }", count: 14),
            "DEPTH_LIMIT_EXCEEDED"
        ),
        (
            "directives", "{ people { " + String(repeating: "... @include(if: true) { name } ", count: 60) + "} }",
            "DIRECTIVE_LIMIT_EXCEEDED"
        ),
        (
            "lists in lists", "{ people(first: 100) { pets(first: 100) { __typename ... on Cat { friends { friends { name } } } } } }",
            "COST_LIMIT_EXCEEDED"
        ),
        // Each fragment spreads the next one twice: 2^40 fields when expanded.
        (
            "fragments",
            "{ people { ...F0 } } "
                + fragments(40) { $0 == 39 ? "name" : "a\($0): bestFriend { ...F\($0 + 1) } b\($0): bestFriend { ...F\($0 + 1) }" },
            "DEPTH_LIMIT_EXCEEDED"
        ),
        (
            "wide fragments",
            "{ people { ...F0 } } "
                + fragments(8) { own in
                    own == 7 ? "name" : (0..<14).map { "... { ...F\(max(own + 1, $0 % 7 + 1)) } a\($0): name" }.joined(separator: " ")
                },
            "ALIAS_LIMIT_EXCEEDED"
        ),
        ("cycle", "{ people { ...F0 } } " + fragments(2) { "...F\(1 - $0)" }, "GRAPHQL_VALIDATION_FAILED"),
        (
            "introspection", "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }",
            "INTROSPECTION_DEPTH_EXCEEDED"
        ),
        (
            "overlap",
            "{ people { "
                + (0..<60).map { "... on Person { bestFriend { bestFriend { bestFriend { n\($0): name } } } }" }.joined(separator: " ")
                + " } }",
            "ALIAS_LIMIT_EXCEEDED"
        ),
        ("unknown fields", "{ " + (0..<900).map { "x\($0) " }.joined() + "}", "GRAPHQL_VALIDATION_FAILED"),
    ]

    @Test(arguments: bombs.indices)
    func `are refused at once`(index: Int) {
        let (name, text, code) = Self.bombs[index]
        let (codes, duration) = refusal(text)
        #expect(codes.contains(code), "\(name): \(codes)")
        #expect(duration < .milliseconds(50), "\(name)")
    }

    @Test func `overlapping fields are compared in linear time, and not beyond a budget`() {
        var limits = GraphQLLimits.none
        limits.comparisons = 500_000
        let lenient = GraphQLService(schema: mockSchema, limits: limits)
        // The document of a third of a megabyte that other engines work at for minutes.
        let many = "{ people { " + String(repeating: "name ", count: 20_000) + "} }"
        #expect(refusal(many, lenient).codes.isEmpty)
        let nested = "{ people { " + String(repeating: "bestFriend { bestFriend { name } } ", count: 5_000) + "} }"
        #expect(refusal(nested, lenient).codes.isEmpty)
        let huge =
            "{ people { " + String(repeating: "...F ", count: 30_000) + String(repeating: "name ", count: 60_000)
            + "} } fragment F on Person { name }"
        limits.comparisons = 50_000
        #expect(refusal(huge, GraphQLService(schema: mockSchema, limits: limits)).codes == ["OVERLAP_LIMIT_EXCEEDED"])
    }

    @Test func `variables count at each place where they stand`() {
        func codes(_ query: String, _ value: JSON) -> [String] {
            guard case .failure(let refusal) = service.prepare(GraphQLRequest(query: query, variables: ["v": value])) else { return [] }
            return refusal.errors.map(\.code.text)
        }
        let large = JSON.array([JSON](repeating: 0, count: 10_000))
        let many = "query ($v: Any) { echo(any: [" + String(repeating: "$v ", count: 900) + "]) }"
        let start = Self.threadTime
        #expect(codes(many, large) == ["VARIABLE_LIMIT_EXCEEDED"])
        #expect(Self.threadTime - start < .milliseconds(50))
        #expect(codes(many, 0).isEmpty && codes("query ($v: Any) { echo(any: $v) }", large).isEmpty)
        let list = "query ($v: String!) { echo(any: {a: [" + String(repeating: "$v ", count: 900) + "]}) }"
        #expect(codes(list, .string(String(repeating: "x", count: 100_000))) == ["VARIABLE_LIMIT_EXCEEDED"])
    }

    @Test func `introspection has a budget that the standard query fits into`() async throws {
        let types =
            "fragment A on __Type { " + (0..<8).map { "a\($0): fields { ...B } " }.joined() + "} "
            + "fragment B on __Field { " + (0..<8).map { "b\($0): type { ...C } " }.joined() + "} "
            + "fragment C on __Type { " + (0..<8).map { "c\($0): fields { type { name } } " }.joined() + "} "
        let codes = refusal("{ __schema { types { ...A } } } " + types).codes
        #expect(codes == ["ALIAS_LIMIT_EXCEEDED"])
        let wide = "{ __schema { types { fields { args { type { ofType { inputFields { type { enumValues { name } } } } } } } } } }"
        #expect(refusal(wide).codes == ["INTROSPECTION_COST_LIMIT_EXCEEDED"])
    }

    @Test func `introspection can be switched off, and the standard query passes where it is on`() throws {
        var limits = GraphQLLimits()
        limits.allowsIntrospection = false
        let closed = GraphQLService(schema: mockSchema, limits: limits)
        #expect(refusal("{ __schema { types { name } } }", closed).codes == ["INTROSPECTION_DISABLED"])
        #expect(refusal("{ __type(name: \"Cat\") { name } }", closed).codes == ["INTROSPECTION_DISABLED"])
        #expect(refusal("{ __typename }", closed).codes.isEmpty)
    }

    @Test func `cost follows the sizes of lists`() throws {
        func cost(_ text: String, _ variables: JSONObject = [:]) throws -> Int {
            try service.prepare(GraphQLRequest(query: text, variables: variables)).get().cost
        }
        #expect(try cost("{ old }") == 0)
        #expect(try cost("{ person(id: 1) { name } }") == 2)
        #expect(try cost("{ people(first: 5) { name bestFriend { name } } }") == 11)
        #expect(try cost("{ people { name } }") == 4, "the argument's default")
        #expect(try cost("query ($n: Int!) { people(first: $n) { name } }", ["n": 7]) == 8)
        #expect(try cost("{ named { name } }") == 11, "a list of which nothing is known")
        #expect(try cost("{ people(first: 5) { ...F } } fragment F on Person { bestFriend { pets(first: 2) { __typename } } }") == 26)
    }
}
