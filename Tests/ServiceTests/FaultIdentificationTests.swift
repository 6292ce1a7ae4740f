import Foundation
import JSON
import LocalParts
import Testing

/// A fault, and by what of metrics and log alone an operator knows it.
struct IdentifiableFault: Sendable, CustomTestStringConvertible {
    enum Cause: Sendable {
        /// Of the models' simulator: every call to the path ends so.
        case model(path: String, JSON)
        case settings([String: String])
        case deadDatabase
        case suspendedDatabase
    }

    enum Act: Sendable { case post, search, upload, requests(Int), unknownKey, nothing }

    let testDescription: String
    let cause: Cause
    let act: Act
    /// Pieces that one line of `/metrics` has, with a value above zero; or exactly zero, where it ends with " 0".
    let metric: String
    /// Pieces that one line of the log has.
    let log: [String]

    init(_ description: String, _ cause: Cause, _ act: Act, metric: String, log: [String]) {
        testDescription = description
        self.cause = cause
        self.act = act
        self.metric = metric
        self.log = log
    }

    private static let chat = "/v1/chat/completions"
    private static let embeddings = "/v1/embeddings"
    private static func calls(_ kind: String, _ outcome: String) -> String {
        "postwright_model_calls_total{kind=\"\(kind)\",model=\"sim\",outcome=\"\(outcome)\"}"
    }

    static let all: [IdentifiableFault] = [
        .init(
            "the model's API fails", .model(path: chat, ["type": "status", "status": 500]), .post, metric: calls("chat", "unavailable"),
            log: ["an operation failed", "model.unavailable"]),
        .init(
            "the model's API asks to wait", .model(path: chat, ["type": "status", "status": 429]), .post,
            metric: calls("chat", "rateLimited"), log: ["an operation failed", "model.rateLimited"]),
        .init(
            "the model's key is refused", .model(path: chat, ["type": "status", "status": 401]), .post,
            metric: calls("chat", "unauthorized"), log: ["an operation failed", "model.unauthorized"]),
        .init(
            "the model is not known any more", .model(path: chat, ["type": "status", "status": 404]), .post,
            metric: calls("chat", "unknownModel"), log: ["an operation failed", "model.unknownModel"]),
        .init(
            "the model hangs", .model(path: chat, ["type": "hang"]), .post, metric: calls("chat", "timedOut"),
            log: ["an operation failed", "model.timedOut"]),
        .init(
            "the connection to the model breaks", .model(path: chat, ["type": "close"]), .post, metric: calls("chat", "unavailable"),
            log: ["an operation failed", "model.unavailable"]),
        .init(
            "answers are cut at their limit", .model(path: chat, ["type": "length"]), .post, metric: calls("chat", "truncated"),
            log: ["an operation failed", "model.truncated"]),
        .init(
            "answers are filtered", .model(path: chat, ["type": "contentFilter"]), .post, metric: calls("chat", "refused"),
            log: ["an operation failed", "model.refused"]),
        .init(
            "answers do not fit the schema", .model(path: chat, ["type": "badJSON"]), .post,
            metric: "postwright_operations_total{kind=\"generatePost\",state=\"failed\",code=\"model.invalidOutput\"}",
            log: ["an operation failed", "model.invalidOutput"]),
        .init(
            "the embeddings API fails for documents", .model(path: embeddings, ["type": "status", "status": 500]), .upload,
            metric: calls("embeddings", "unavailable"), log: ["an operation failed", "model.unavailable"]),
        .init(
            "the embeddings API fails for searches", .model(path: embeddings, ["type": "status", "status": 500]), .search,
            metric: "postwright_http_problems_total{code=\"unavailable\"}", log: ["a request failed", "/search"]),
        .init(
            "the embeddings' key is refused", .model(path: embeddings, ["type": "status", "status": 403]), .upload,
            metric: calls("embeddings", "unauthorized"), log: ["an operation failed", "model.unauthorized"]),
        .init(
            "the database is dead", .deadDatabase, .requests(2), metric: "postwright_database_up 0",
            log: ["a request failed", "unavailable"]),
        .init(
            "the database hangs", .suspendedDatabase, .requests(2), metric: "postwright_database_calls_total{outcome=\"unavailable\"}",
            log: ["a request failed", "unavailable"]),
        .init(
            "a client asks too often", .settings(["POSTWRIGHT_RATE_LIMIT_PER_MINUTE": "10", "POSTWRIGHT_RATE_LIMIT_BURST": "5"]),
            .requests(40), metric: "postwright_http_problems_total{code=\"rateLimited\"}", log: ["request", "\"status\":\"429\""]),
        .init(
            "somebody tries keys", .settings(["POSTWRIGHT_AUTH": "keys"]), .unknownKey,
            metric: "postwright_http_problems_total{code=\"unauthenticated\"}", log: ["request", "\"status\":\"401\""]),
        .init(
            "a budget is used up", .settings(["POSTWRIGHT_BUDGET_TOKENS": "0"]), .search, metric: "postwright_budget_refusals_total",
            log: ["a budget is used up", "\"workspace\":\"default\""]),
        .init(
            "a collector takes no spans", .settings(["OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"]), .requests(3),
            metric: "postwright_spans_dropped_total", log: []),
    ]
}

@Suite(.serialized) struct `Faults an operator can tell` {
    @Test(arguments: IdentifiableFault.all) func `by metrics and log alone`(fault: IdentifiableFault) async throws {
        var environment = [
            "POSTWRIGHT_LOG_LEVEL": "info", "LLM_FIRST_BYTE_TIMEOUT": "1", "LLM_TIMEOUT": "3", "POSTWRIGHT_INDEX_MEMORY": "64",
        ]
        if case .settings(let more) = fault.cause { environment.merge(more) { $1 } }
        let service = try await ServiceUnderTest(environment: environment)
        try await service.makeBrand()
        _ = try await service.addDocument("kettle", guide)
        let before = try await metrics(service)
        switch fault.cause {
        case .model(let path, let action):
            try await service.setFaults([["match": ["path": .string(path)], "times": -1, "action": action]])
        case .settings: break
        case .deadDatabase: try await service.database.process.stop()
        case .suspendedDatabase: service.database.process.kill(SIGSTOP)
        }
        try await act(fault, service)
        let isFound = try await eventually(.seconds(25)) {
            let text = try await metrics(service)
            let isCounted = value(fault.metric, text).map {
                fault.metric.hasSuffix(" 0") ? $0 == 0 : $0 > (value(fault.metric, before) ?? 0)
            }
            let lines = service.service.text.split(separator: "\n")
            return isCounted == true && (fault.log.isEmpty || lines.contains { line in fault.log.allSatisfy { line.contains($0) } })
        }
        if case .suspendedDatabase = fault.cause { service.database.process.kill(SIGCONT) }
        let last = value(fault.metric, try await metrics(service)) ?? -1
        #expect(isFound, "metric \(last); log:\n\(service.service.text.suffix(3_000))")
    }

    private func metrics(_ service: ServiceUnderTest) async throws -> String { try await service.call("GET", "/metrics").text }

    private func value(_ metric: String, _ text: String) -> Double? {
        let name = metric.hasSuffix(" 0") ? String(metric.dropLast(2)) : metric
        return text.split(separator: "\n").first { $0.hasPrefix(name + " ") || $0.hasPrefix(name) && $0.contains("} ") }
            .flatMap { $0.split(separator: " ").last }.flatMap { Double($0) }
    }

    private func act(_ fault: IdentifiableFault, _ service: ServiceUnderTest) async throws {
        switch fault.act {
        case .post:
            _ = try await service.call("POST", "/v1/brands/acme/posts", json: ["platform": "linkedin", "brief": "What the kettle costs"])
        case .search: _ = try await service.call("POST", "/v1/brands/acme/search", json: ["query": "price"])
        case .upload: _ = try await service.call("PUT", "/v1/brands/acme/documents/other", json: ["content": "# Other\n\nSomething new."])
        case .requests(let count): for _ in 0..<count { _ = try await service.call("GET", "/v1/brands") }
        case .unknownKey: _ = try await service.call("GET", "/v1/brands", nil, ["authorization": "Bearer pw_abc"])
        case .nothing: break
        }
    }

    private func eventually(_ limit: Duration, _ condition: () async throws -> Bool) async throws -> Bool {
        let deadline = ContinuousClock.now + limit
        while ContinuousClock.now < deadline {
            if try await condition() { return true }
            try await Task.sleep(for: .milliseconds(100))
        }
        return false
    }
}
