import HTTPTypes
import Hummingbird
import HummingbirdCore
import JSON
import NIOCore
import Synchronization
import Testing

@testable import modelsim

struct RouteTests {
    struct Case: Sendable {
        var method: HTTPRequest.Method
        var path: String
        var body = ""
        var status: Int
        var contains = ""
    }

    private static let chat = Prompts.chat().text

    static let cases = [
        Case(method: .get, path: "/v1/models", status: 200, contains: #""object":"list""#),
        Case(method: .post, path: "/v1/models", status: 405, contains: #""code":"method_not_allowed""#),
        Case(method: .get, path: "/v1/chat/completions", status: 405, contains: "POST"),
        Case(method: .post, path: "/v1/nothing", status: 404, contains: #""code":"unknown_url""#),
        Case(method: .post, path: "/v1/chat/completions", body: "{", status: 400, contains: "could not parse"),
        Case(method: .post, path: "/v1/chat/completions", body: "[]", status: 400, contains: "must be a JSON object"),
        Case(method: .post, path: "/v1/chat/completions", body: #"{"model":"m"}"#, status: 400, contains: "'messages'"),
        Case(method: .post, path: "/v1/chat/completions", body: chat, status: 200, contains: #""finish_reason":"stop""#),
        Case(
            method: .post, path: "/v1/embeddings", body: #"{"model":"m","input":"x"}"#, status: 200, contains: #""embedding":["#),
        Case(
            method: .post, path: "/v1/images/generations", body: #"{"prompt":"x"}"#, status: 200, contains: #""b64_json":"iVBOR"#),
        Case(method: .post, path: "/v1/images/generations", body: "{}", status: 400, contains: "'prompt'"),
        Case(method: .get, path: "/_sim/requests?limit=5", status: 200, contains: #""peakInFlight":0"#),
        Case(method: .get, path: "/_sim/requests?limit=x", status: 400, contains: "'limit'"),
        Case(method: .delete, path: "/_sim/requests", status: 204),
        Case(method: .put, path: "/_sim/faults", body: #"{"faults":[]}"#, status: 200, contains: #"{"faults":0}"#),
        Case(method: .put, path: "/_sim/faults", body: #"{"faults":[{}]}"#, status: 400, contains: "Fault 1"),
        Case(method: .delete, path: "/_sim/faults", status: 204),
        Case(method: .post, path: "/_sim/faults", status: 405),
    ]

    private static func responder(faults: String = #"{"faults":[]}"#) throws -> SimulatorResponder {
        SimulatorResponder(
            models: SimulatedModels(), latency: Latency(),
            faults: FaultSwitch(try FaultPlan(parsing: Array(faults.utf8), seed: 0)))
    }

    private static func send(
        _ method: HTTPRequest.Method, _ path: String, _ body: String, to responder: SimulatorResponder,
        close: @escaping @Sendable () async -> Void = {}
    ) async throws -> Response {
        let head = HTTPRequest(method: method, scheme: "http", authority: "localhost", path: path)
        let request = Request(head: head, body: RequestBody(buffer: ByteBuffer(string: body)))
        return try await responder.respond(to: request, context: ConnectionContext(close: close))
    }

    private static func text(of response: Response) async throws -> String {
        let sink = Sink()
        try await response.body.write(sink)
        return String(decoding: sink.bytes.withLock { $0 }, as: UTF8.self)
    }

    @Test(arguments: cases) func `a route answers as it should`(route: Case) async throws {
        let response = try await Self.send(route.method, route.path, route.body, to: try Self.responder())
        let text = try await Self.text(of: response)
        #expect(response.status.code == route.status)
        #expect(route.contains.isEmpty || text.contains(route.contains))
        if route.status >= 400 { #expect(try JSON(parsing: text)["error"]?["message"]?.stringValue?.isEmpty == false) }
    }

    @Test func `a status fault answers with its body and headers`() async throws {
        let responder = try Self.responder(
            faults: #"{"faults":[{"action":{"type":"status","status":429,"body":{"slow":1},"headers":{"retry-after":"2"}}}]}"#)
        let response = try await Self.send(.post, "/v1/chat/completions", Self.chat, to: responder)
        #expect(response.status == .tooManyRequests)
        #expect(response.headers[HTTPField.Name("retry-after")!] == "2")
        #expect(try await Self.text(of: response) == #"{"slow":1}"#)
        #expect(responder.log.snapshot(limit: 1).entries.map(\.outcome) == [.fault("status")])
        #expect(try await Self.send(.post, "/v1/chat/completions", Self.chat, to: responder).status == .ok)
    }

    @Test(arguments: ["close", "truncate"]) func `a broken connection is closed and recorded`(type: String) async throws {
        let responder = try Self.responder(faults: #"{"faults":[{"action":{"type":"\#(type)"}}]}"#)
        let closings = Counter()
        await #expect(throws: CancellationError.self) {
            let response = try await Self.send(.post, "/v1/chat/completions", Self.chat, to: responder) { closings.increment() }
            _ = try await Self.text(of: response)
        }
        #expect(closings.count == 1)
        #expect(responder.log.snapshot(limit: 1).entries.map(\.outcome) == [.fault(type)])
    }

    @Test func `a call whose client leaves is recorded as such at once`() async throws {
        let responder = try Self.responder(faults: #"{"faults":[{"action":{"type":"hang"}}]}"#)
        let call = Task { try await Self.send(.post, "/v1/chat/completions", Self.chat, to: responder) }
        while responder.log.snapshot(limit: 1).inFlight == 0 { await Task.yield() }
        call.cancel()
        await #expect(throws: CancellationError.self) { try await call.value }
        let entry = try #require(responder.log.snapshot(limit: 1).entries.first)
        #expect(entry.outcome == .clientGone)
        #expect(entry.finishedAt != nil)
    }
}

/// Keeps what a response body writes.
private final class Sink: ResponseBodyWriter, Sendable {
    let bytes = Mutex<[UInt8]>([])

    func write(_ buffer: ByteBuffer) async throws { bytes.withLock { $0 += buffer.readableBytesView } }

    func finish(_ trailingHeaders: HTTPFields?) async throws {}
}

private final class Counter: Sendable {
    private let value = Atomic(0)

    var count: Int { value.load(ordering: .sequentiallyConsistent) }

    func increment() { value.add(1, ordering: .sequentiallyConsistent) }
}
