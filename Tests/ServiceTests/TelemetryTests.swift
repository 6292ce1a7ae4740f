import Foundation
import JSON
import LocalParts
import Testing

@Suite(.serialized) struct `Telemetry of a service` {
    @Test func `a trace leads from the client's request over its operation to the calls of the models`() async throws {
        let receiver = try await Receiver()
        let service = try await ServiceUnderTest(environment: ["OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url, "POSTWRIGHT_LOG_LEVEL": "info"])
        try await service.makeBrand()
        _ = try await service.addDocument("kettle", guide)
        let trace = "0af7651916cd43dd8448eb211c80319c"
        let made = try await service.call(
            "POST", "/v1/brands/acme/posts", json: ["platform": "linkedin", "brief": "What the kettle costs"],
            ["traceparent": "00-\(trace)-b7ad6b7169203331-01", "tracestate": "vendor=1"])
        let operation = made.json["operation"]?["id"]?.stringValue ?? ""
        #expect(try await service.outcome(operation)["state"] == "succeeded")
        var spans: [JSON] = []
        let deadline = ContinuousClock.now + .seconds(15)
        while !spans.contains(where: { $0["name"]?.stringValue == "operation generatePost" }), ContinuousClock.now < deadline {
            spans = try await receiver.received(service, "/v1/traces").flatMap { $0["spans"]?.arrayValue ?? [] }
                .filter { $0["traceId"]?.stringValue == trace }
            try await Task.sleep(for: .milliseconds(100))
        }
        let byName = Dictionary(grouping: spans) { $0["name"]?.stringValue ?? "" }
        let request = byName["POST /v1/brands/{brandId}/posts"]?.first
        let work = byName["operation generatePost"]?.first
        let draft = byName["stage draft"]?.first
        let call = byName["chat sim"]?.first { $0["parentSpanId"] == draft?["spanId"] }
        #expect(request?["parentSpanId"] == "b7ad6b7169203331" && request?["kind"] == 2)
        #expect(work != nil && work?["parentSpanId"] == request?["spanId"], "\(byName.keys)")
        #expect(draft?["parentSpanId"] == work?["spanId"] && call != nil)
        let attributes = Dictionary(
            (call?["attributes"]?.arrayValue ?? []).map { ($0["key"]?.stringValue ?? "", $0["value"] ?? .null) }
        ) { first, _ in first }
        #expect(attributes["gen_ai.provider.name"]?["stringValue"] == "openai")
        #expect(attributes["gen_ai.request.model"]?["stringValue"] == "sim" && attributes["gen_ai.usage.input_tokens"] != nil)
        // The model's API is told of the trace too.
        let asked = try await service.call("GET", service.models.controlURL + "/requests?limit=100").text
        _ = asked
        // And the log has it.
        #expect(service.service.text.split(separator: "\n").contains { $0.contains(trace) && $0.contains("requestId") })
    }

    @Test func `Prometheus's own parser reads the metrics, and no prompt, document or secret is in log, metrics or traces`() async throws {
        let receiver = try await Receiver()
        let canary = "zanzibar-canary-7731"
        let service = try await ServiceUnderTest(environment: [
            "OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url, "POSTWRIGHT_LOG_LEVEL": "trace", "LLM_API_KEY": "secret-\(canary)",
            "OTEL_EXPORTER_OTLP_HEADERS": "authorization=Bearer \(canary)",
        ])
        try await service.makeBrand()
        _ = try await service.addDocument("kettle", guide + "\n\nThe colour is \(canary).")
        _ = try await service.call("POST", "/v1/brands/acme/search", json: ["query": .string("which colour is \(canary)")])
        let made = try await service.call(
            "POST", "/v1/brands/acme/posts", json: ["platform": "linkedin", "brief": .string("The colour \(canary) of the kettle")])
        _ = try await service.outcome(made.json["operation"]?["id"]?.stringValue ?? "")
        try await service.setFaults([["match": ["path": "/v1/chat/completions"], "times": -1, "action": ["type": "badJSON"]]])
        let failing = try await service.call(
            "POST", "/v1/brands/acme/posts", json: ["platform": "linkedin", "brief": .string("The colour \(canary) once more")])
        _ = try await service.outcome(failing.json["operation"]?["id"]?.stringValue ?? "")
        let metrics = try await service.call("GET", "/metrics")
        let spans = try await receiver.received(service, "/v1/traces", count: 2).map { $0["spans"]?.text ?? "" }.joined()
        #expect(!metrics.text.contains(canary) && !service.service.text.contains(canary) && !spans.contains(canary))
        #expect(spans.contains("embeddings sim") && service.service.text.contains("an operation failed"))
        let script = """
            import sys
            from prometheus_client.parser import text_string_to_metric_families
            print(len(list(text_string_to_metric_families(sys.stdin.read()))))
            """
        let count = try await LocalParts.runPython(script, input: Data(metrics.bytes))
        #expect(Int(String(decoding: count, as: UTF8.self).filter(\.isNumber)) ?? 0 > 30)
    }

    @Test func `the switch for development writes prompts to the log`() async throws {
        let service = try await ServiceUnderTest(environment: ["POSTWRIGHT_LOG_PROMPTS": "on", "POSTWRIGHT_LOG_LEVEL": "notice"])
        try await service.makeBrand()
        _ = try await service.addDocument("kettle", guide)
        let made = try await service.call(
            "POST", "/v1/brands/acme/posts", json: ["platform": "linkedin", "brief": "What the kettle costs, word for word"])
        _ = try await service.outcome(made.json["operation"]?["id"]?.stringValue ?? "")
        #expect(service.service.text.contains("What the kettle costs, word for word"))
    }
}
