import Foundation
import JSON
import Synchronization
import Testing

@testable import GraphQL

/// Counts calls, for a schema of its own.
private final class Library: Sendable {
    let calls = Mutex<[[Int]]>([])
    let masked = Mutex<[String]>([])
    /// How many slow fields are being resolved, and the most that were.
    let running = Mutex((now: 0, most: 0))

    struct Shelf: ObjectOutput {
        let number: Int
        static let typeName = "Shelf"
        static var objectType: ObjectDefinition<Shelf> {
            ObjectDefinition(nil, Field("number", \.number), Field("books", \.books))
        }
        var books: [Book] { (0..<3).map { Book(number: number * 10 + $0) } }
    }

    struct Book: ObjectOutput {
        let number: Int
        static let typeName = "Book"
        static var objectType: ObjectDefinition<Book> {
            ObjectDefinition(
                nil, Field("number", \.number),
                .batch("author") { books, context -> [Result<Author, any Error>] in
                    let library: Library = try context.value()
                    library.calls.withLock { $0.append(books.map(\.number)) }
                    return books.map { .success(Author(number: $0.number % 4)) }
                },
                .batch("wrong") { _, _ -> [Result<Author, any Error>] in [] })
        }
    }

    struct Author: ObjectOutput {
        let number: Int
        static let typeName = "Author"
        static var objectType: ObjectDefinition<Author> {
            ObjectDefinition(
                nil, Field("number", \.number),
                Field("secret") { _, _ -> String? in throw SchemaDefect("the password is swordfish") },
                Field("known") { _, _ -> String? in throw GraphQLError("This one is for clients.", code: "KNOWN") })
        }
    }

    struct Query: ObjectOutput {
        static let typeName = "Query"
        static var objectType: ObjectDefinition<Query> {
            ObjectDefinition(
                nil, Field("shelves") { _, _ in (1...4).map(Shelf.init(number:)) },
                Field("slow") { _, context -> String in
                    let library: Library = try context.value()
                    library.running.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
                    try await Task.sleep(for: .milliseconds(200))
                    library.running.withLock { $0.now -= 1 }
                    return "done"
                },
                Field("endless") { _, _ -> String in
                    try await Task.sleep(for: .seconds(60))
                    return "never"
                },
                Field("deaf") { _, _ -> String in
                    // Heeds no cancellation.
                    await withUnsafeContinuation { continuation in
                        Thread.detachNewThread {
                            Thread.sleep(forTimeInterval: 3)
                            continuation.resume()
                        }
                    }
                    return "late"
                })
        }
    }

    struct Mutation: ObjectOutput {
        static let typeName = "Mutation"
        static var objectType: ObjectDefinition<Mutation> {
            ObjectDefinition(
                nil,
                Field("note", nil, Argument<Int>("number")) { _, context, number -> Int in
                    // The later ones are quicker: only the order of their starts can keep them in order.
                    try await Task.sleep(for: .milliseconds(30 - 10 * number))
                    let library: Library = try context.value()
                    return library.calls.withLock { calls in
                        calls.append([number])
                        return calls.count
                    }
                })
        }
    }

    func answer(_ text: String, limits: GraphQLLimits = GraphQLLimits()) async throws -> Response {
        let schema = Schema(query: Query(), mutation: Mutation())
        let service = GraphQLService(schema: schema, limits: limits) { [self] error, _, _ in masked.withLock { $0.append("\(error)") } }
        return await service.execute(try service.prepare(GraphQLRequest(query: text)).get(), context: self)
    }
}

@Suite struct `Execution` {
    private let library = Library()

    @Test func `asks a batch field once for all parents of a level`() async throws {
        let answer = try await library.answer("{ shelves { number books { number author { number } } } }")
        #expect(answer.errors.isEmpty)
        let calls = library.calls.withLock { $0 }
        let books = [10, 11, 12, 20, 21, 22, 30, 31, 32, 40, 41, 42]
        #expect(calls == [books], "12 books on 4 shelves, one call")
        #expect(answer.data?["shelves"]?[1]?["books"]?[2]?["author"]?["number"] == JSON(22 % 4))
    }

    @Test func `two selections of a batch field are two calls, whatever stands between`() async throws {
        _ = try await library.answer("{ shelves { a: books { author { number } } b: books { author { number } } } }")
        #expect(library.calls.withLock { $0.count } == 2)
    }

    @Test func `a batch that gives too little fails as a whole`() async throws {
        let answer = try await library.answer("{ shelves { books { wrong { number } } } }")
        #expect(answer.data == .null && !answer.errors.isEmpty)
    }

    @Test func `masks what is not meant for clients`() async throws {
        let answer = try await library.answer("{ shelves { books { author { secret known } } } }")
        #expect(answer.errors.count == 24)
        #expect(!answer.json.text.contains("swordfish"))
        #expect(library.masked.withLock { $0 }.count == 12 && library.masked.withLock { $0.allSatisfy { $0.contains("swordfish") } })
        let known = answer.errors.filter { $0.code.text == "KNOWN" }
        #expect(known.count == 12 && known.first?.message == "This one is for clients.")
        #expect(answer.errors.first { $0.path.count == 6 }?.path.first == "shelves")
        #expect(answer.errors.allSatisfy { $0.locations.count == 1 })
    }

    @Test func `runs siblings side by side, and a mutation's roots one after the other`() async throws {
        let answer = try await library.answer("{ a: slow b: slow c: slow d: slow }")
        #expect(answer.data?["d"] == "done")
        #expect(library.running.withLock { $0.most } == 4)
        let noted = try await library.answer("mutation { a: note(number: 0) b: note(number: 1) c: note(number: 2) }")
        #expect(noted.data == ["a": 1, "b": 2, "c": 3])
        #expect(library.calls.withLock { $0 } == [[0], [1], [2]])
    }

    @Test func `ends when its time is up`() async throws {
        var limits = GraphQLLimits()
        limits.duration = .milliseconds(50)
        let start = ContinuousClock.now
        for query in ["{ endless }", "{ deaf }"] {
            let answer = try await library.answer(query, limits: limits)
            #expect(answer.data == .null && answer.errors.first?.code.text == "TIME_LIMIT_EXCEEDED")
        }
        #expect(ContinuousClock.now - start < .seconds(2))
    }
}

@Suite struct `Subscriptions and persisted queries` {
    private let service = GraphQLService(schema: mockSchema)

    private func events(_ text: String, _ variables: JSONObject = [:]) async throws -> (answers: [Response], failed: Bool) {
        let prepared = try service.prepare(GraphQLRequest(query: text, variables: variables)).get()
        var answers: [Response] = []
        do {
            for try await answer in try await service.subscribe(prepared, context: ()) { answers.append(answer) }
            return (answers, false)
        } catch is Boom {
            return (answers, true)
        }
    }

    @Test func `each event is executed with its own errors`() async throws {
        #expect(try await events("subscription { tick: ticks(count: 4) }").answers.map(\.data) == (0..<4).map { ["tick": JSON($0)] })
        let (answers, failed) = try await events("subscription { people { name parent { name } } }")
        #expect(failed && answers.count == 3)
        #expect(answers[0].data == .null && answers[0].errors.count == 1 && answers[0].errors[0].path == ["people", "parent"])
        #expect(answers[1].errors.isEmpty && answers[1].data?["people"]?["parent"]?["name"] == "Person 0")
    }

    @Test func `a subscription's arguments are refused before it begins`() async throws {
        let prepared = try service.prepare(
            GraphQLRequest(query: "subscription ($n: Int = 1) { ticks(count: $n) }", variables: ["n": .null])
        ).get()
        await #expect(throws: GraphQLService.Refusal.self) { try await service.subscribe(prepared, context: ()) }
    }

    @Test func `a hash stands for a text that was seen`() throws {
        func code(_ query: String?, _ hash: String?, version: Int = 1) -> String? {
            let extensions: JSONObject = hash.map { ["persistedQuery": ["version": JSON(version), "sha256Hash": .string($0)]] } ?? [:]
            guard case .failure(let refusal) = service.prepare(GraphQLRequest(query: query, extensions: extensions)) else { return nil }
            return refusal.errors[0].code.text
        }
        let text = "{ __typename }"
        // printf '{ __typename }' | sha256sum
        let hash = "7f56e67dd21ab3f30d1ff8b7bed08893f0a0db86449836189b361dd1e56ddb4b"
        #expect(code(nil, hash) == "PERSISTED_QUERY_NOT_FOUND")
        #expect(code(text, String(hash.reversed())) == "PERSISTED_QUERY_HASH_MISMATCH")
        #expect(code(nil, hash) == "PERSISTED_QUERY_NOT_FOUND", "a wrong hash stores nothing")
        #expect(code(text, hash) == nil)
        #expect(code(nil, hash.uppercased()) == nil)
        #expect(code(nil, hash, version: 2) == "BAD_USER_INPUT")
        #expect(code(nil, nil) == "BAD_USER_INPUT")
    }

    @Test func `variables are refused with the place that is wrong`() throws {
        func message(_ variables: JSONObject) -> String? {
            let text = "query ($f: Filter!) { echo(filter: $f) }"
            guard case .failure(let refusal) = service.prepare(GraphQLRequest(query: text, variables: variables)) else { return nil }
            return refusal.errors[0].message
        }
        #expect(message(["f": ["text": "a"]]) == nil)
        #expect(message([:])?.contains("was not given") == true)
        #expect(message(["f": .null])?.contains("not null") == true)
        #expect(message(["f": ["text": "a", "nested": ["text": 7]]])?.contains("\"f.nested.text\"") == true)
        #expect(message(["f": ["text": "a", "colors": ["RED", "PINK"]]])?.contains("\"f.colors[1]\"") == true)
        #expect(message(["f": ["text": "a", "limit": 3.5]])?.contains("\"f.limit\"") == true)
        #expect(message(["f": ["text": "a", "limit": 2147483648]])?.contains("Int cannot be") == true)
        #expect(message(["f": ["text": "a", "nope": 1]])?.contains("no field \"nope\"") == true)
    }
}
