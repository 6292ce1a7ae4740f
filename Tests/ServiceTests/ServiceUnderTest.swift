import Foundation
import JSON
import LocalParts
import Synchronization
import Testing
import Transfer

/// The real binary with a real database, and modelsim for both models.
final class ServiceUnderTest: Sendable {
    let database: DatabaseServer
    let models: ModelServer
    let url: String
    private let client = TransferClient()
    private let environment: [String: String]
    private let running: Mutex<LocalProcess>
    var service: LocalProcess { running.withLock { $0 } }

    struct Answer {
        var status: Int
        var headers: [(name: String, value: String)]
        var bytes: [UInt8]
        var json: JSON { (try? JSON(parsing: bytes)) ?? .null }
        var text: String { String(decoding: bytes, as: UTF8.self) }

        func header(_ name: String) -> String? { headers.first { $0.name.lowercased() == name }?.value }
    }

    init(modelArguments: [String] = [], environment more: [String: String] = [:]) async throws {
        database = try await DatabaseServer()
        models = try await ModelServer(modelArguments)
        let port = Ports.free()
        environment = [
            "MONGODB_URI": database.uri, "EMBEDDINGS_BASE_URL": models.baseURL, "EMBEDDINGS_MODEL": "sim", "LLM_BASE_URL": models.baseURL,
            "LLM_MODEL": "sim", "POSTWRIGHT_PORT": "\(port)", "POSTWRIGHT_LOG_LEVEL": "warning",
        ].merging(more) { $1 }
        running = Mutex(try await LocalProcess(LocalParts.product("postwright"), ["serve"], environment: environment, port: port))
        url = "http://127.0.0.1:\(port)"
        try await waitUntilReady(url)
    }

    /// The service answers from its first moment, and is ready a little later.
    private func waitUntilReady(_ url: String) async throws {
        let deadline = ContinuousClock.now + .seconds(30)
        while try await call("GET", url + "/readyz").status != 200 {
            guard ContinuousClock.now < deadline else { throw LocalPartFailure(description: "the service does not get ready") }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    /// Starts the service again after its end.
    func restart() async throws {
        let port = Int(environment["POSTWRIGHT_PORT"] ?? "")
        let next = try await LocalProcess(LocalParts.product("postwright"), ["serve"], environment: environment, port: port)
        running.withLock { $0 = next }
        try await waitUntilReady(url)
    }

    /// Another process of the service on the same database; the answer is its base URL.
    func another(_ more: [String: String] = [:]) async throws -> (process: LocalProcess, url: String) {
        let port = Ports.free()
        let process = try await LocalProcess(
            LocalParts.product("postwright"), ["serve"],
            environment: environment.merging(more) { $1 }.merging(["POSTWRIGHT_PORT": "\(port)"]) { $1 }, port: port)
        try await waitUntilReady("http://127.0.0.1:\(port)")
        return (process, "http://127.0.0.1:\(port)")
    }

    /// Runs a command of the binary with the service's settings.
    func command(_ arguments: [String], _ more: [String: String] = [:]) async throws -> (code: Int32, text: String) {
        let process = try await LocalProcess(
            LocalParts.product("postwright"), arguments, environment: environment.merging(more) { $1 })
        return (try await process.wait(timeout: .seconds(60)), process.text)
    }

    /// The JSON object that a command printed; warnings of the driver may stand around it, on standard error.
    static func printed(_ text: String) throws -> JSON {
        guard let start = text.range(of: "{\n"), let end = text.range(of: "\n}", options: .backwards), start.upperBound <= end.lowerBound
        else { throw LocalPartFailure(description: "no JSON was printed: \(text)") }
        return try JSON(parsing: Array(text[start.lowerBound..<end.upperBound].utf8))
    }

    func call(_ method: String, _ path: String, _ body: [UInt8]? = nil, _ headers: [String: String] = [:]) async throws -> Answer {
        let target = path.hasPrefix("http") ? path : url + path
        let request = TransferRequest(
            method: method, url: target, headers: headers.map { ($0.key, $0.value) }, body: body.map(TransferRequestBody.bytes))
        let response = try await client.send(request)
        return Answer(status: response.status, headers: response.headers, bytes: try await response.body.collect())
    }

    /// Sets what goes wrong in the models from now on.
    func setFaults(_ faults: JSON) async throws {
        let answer = try await call("PUT", models.controlURL + "/faults", json: ["faults": faults])
        guard answer.status < 300 else { throw LocalPartFailure(description: answer.text) }
    }

    func call(_ method: String, _ path: String, json: JSON, _ headers: [String: String] = [:]) async throws -> Answer {
        try await call(method, path, json.utf8Bytes, headers.merging(["content-type": "application/json"]) { $1 })
    }

    func makeBrand(_ id: String = "acme") async throws {
        _ = try await call("PUT", "/v1/brands/\(id)", json: ["name": "Acme"])
    }

    func addDocument(_ id: String, _ content: String, brand: String = "acme") async throws -> Answer {
        try await call(
            "PUT", "/v1/brands/\(brand)/documents/\(id)", json: ["content": .string(content), "kind": "productSheet"], ["prefer": "wait=20"]
        )
    }

    func requests(_ path: String) async throws -> [JSON] {
        let log = try await call("GET", models.controlURL + "/requests?limit=5000").json
        return (log["items"]?.arrayValue ?? []).filter { $0["path"]?.stringValue == path }
    }

    /// How many questions the language model answered; no question may have been asked again after its answer.
    func answeredOnce(_ location: SourceLocation = #_sourceLocation) async throws -> Int {
        let answered = try await requests("/v1/chat/completions").filter { $0["outcome"] == "answered" }.compactMap { $0["body"] }
        #expect(Set(answered).count == answered.count, sourceLocation: location)
        return answered.count
    }

    /// Waits for the operation's end.
    func outcome(_ operation: String) async throws -> JSON {
        let deadline = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < deadline {
            let state = try await call("GET", "/v1/operations/\(operation)").json
            if !["queued", "running"].contains(state["state"]?.stringValue ?? "") { return state }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw LocalPartFailure(description: "the operation does not end")
    }
}

/// A product sheet with some sections.
let guide = """
    # Kettle K2

    ## Price

    The kettle costs 49 euro and comes in black and white.

    ## Weight

    It weighs 900 grams without water and holds 1.7 litres.

    ## Guarantee

    The guarantee runs for 5 years and goes with the kettle, not with the receipt.
    """
