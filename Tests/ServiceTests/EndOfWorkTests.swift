import Foundation
import JSON
import LocalParts
import Testing
import Transfer

/// Work that ends before it is done: what is left of it.
@Suite(.serialized) struct `Work that is ended` {
    private let hang: JSON = [["match": ["path": "/v1/chat/completions"], "times": -1, "action": ["type": "hang"]]]

    private func waitUntil(_ isSo: () async throws -> Bool) async throws -> Bool {
        let deadline = ContinuousClock.now + .seconds(20)
        while ContinuousClock.now < deadline {
            if try await isSo() { return true }
            try await Task.sleep(for: .milliseconds(20))
        }
        return false
    }

    @Test func `while it is queued leaves a plan that says so`() async throws {
        let service = try await ServiceUnderTest()
        try await service.makeBrand()
        _ = try await service.addDocument("guide", "# Kettle\n\nThe kettle boils a litre in two minutes.")
        try await service.setFaults(hang)
        // Twelve of a workspace run at once.
        var made: [JSON] = []
        for _ in 0..<13 { made.append(try await service.call("POST", "/v1/brands/acme/plans", json: ["posts": 1]).json) }
        let last = made[12]
        let (operation, plan) = (last["operation"]?["id"]?.stringValue ?? "", last["plan"]?["id"]?.stringValue ?? "")
        #expect(
            try await waitUntil {
                try await service.call("GET", "/v1/operations?state=running").json["items"]?.arrayValue?.count == 12
            })
        let cancelled = try await service.call("POST", "/v1/operations/\(operation)/cancel")
        #expect(cancelled.status == 200 && cancelled.json["state"] == "cancelled", "\(cancelled.text)")
        #expect(try await service.call("GET", "/v1/plans/\(plan)").json["state"] == "cancelled")
        for item in cancelled.json["items"]?.arrayValue ?? [] { #expect(item["state"] == "cancelled") }
        // It can be resumed all the same.
        try await service.setFaults([])
        for other in made.dropLast() {
            _ = try await service.call("POST", "/v1/operations/\(other["operation"]?["id"]?.stringValue ?? "")/cancel")
        }
        #expect(try await service.call("POST", "/v1/operations/\(operation)/resume").status == 202)
        #expect(try await service.outcome(operation)["state"] == "succeeded")
        #expect(try await service.call("GET", "/v1/plans/\(plan)").json["state"] == "ready")
    }

    @Test func `by a failure says in which item, and why`() async throws {
        let service = try await ServiceUnderTest()
        try await service.makeBrand()
        _ = try await service.addDocument("guide", "# Kettle\n\nThe kettle boils a litre in two minutes.")
        try await service.setFaults([["match": ["path": "/v1/chat/completions"], "times": -1, "action": ["type": "refusal"]]])
        let made = try await service.call("POST", "/v1/brands/acme/plans", json: ["posts": 1]).json
        let failed = try await service.outcome(made["operation"]?["id"]?.stringValue ?? "")
        let items = failed["items"]?.arrayValue ?? []
        let pillars = items.first { $0["id"] == "pillars" }
        #expect(failed["state"] == "failed" && pillars?["state"] == "failed", "\(failed.text)")
        #expect(pillars?["error"]?["code"] == failed["error"]?["code"] && pillars?["error"]?["detail"] != nil, "\(failed.text)")
        #expect(items.first { $0["id"] == "distribution" }?["state"] == "cancelled")
        try await service.setFaults([])
        #expect(try await service.call("POST", "/v1/operations/\(failed["id"]?.stringValue ?? "")/resume").status == 202)
        let resumed = try await service.outcome(failed["id"]?.stringValue ?? "")
        #expect(resumed["state"] == "succeeded" && !resumed.text.contains("\"error\":{"), "\(resumed.text)")
    }

    @Test func `with its brand leaves nothing`() async throws {
        let service = try await ServiceUnderTest()
        try await service.makeBrand()
        _ = try await service.addDocument("guide", "# Kettle\n\nThe kettle boils a litre in two minutes.")
        let slow: JSON = [["match": ["path": "/v1/chat/completions"], "times": -1, "action": ["type": "delay", "ms": 1_000]]]
        try await service.setFaults(slow)
        let made = try await service.call("POST", "/v1/brands/acme/posts", json: ["platform": "x", "brief": "the kettle"]).json
        let plan = try await service.call("POST", "/v1/brands/acme/plans", json: ["posts": 3]).json
        let operation = made["operation"]?["id"]?.stringValue ?? ""
        #expect(
            try await waitUntil { try await service.call("GET", "/v1/operations/\(operation)").json["state"] == "running" })
        // More than are worked on at once: the last ones wait.
        var waiting = ""
        for _ in 0..<12 {
            waiting =
                try await service.call("POST", "/v1/brands/acme/plans", json: ["posts": 1]).json["operation"]?["id"]?.stringValue ?? ""
        }
        let stream = try await TransferClient().send(TransferRequest(url: service.url + "/v1/operations/\(waiting)/events"))
        async let told = stream.body.collect()
        #expect(try await service.call("DELETE", "/v1/brands/acme").status == 204)
        try await Task.sleep(for: .seconds(3))
        // It ends, and nobody is told to come again.
        let events = String(decoding: try await told, as: UTF8.self)
        #expect(events.contains("event: operation") && !events.contains("shutdown"), "\(events)")
        for path in [
            "/v1/brands/acme", "/v1/operations/\(operation)", "/v1/posts/\(made["operation"]?["result"]?["id"]?.stringValue ?? "")",
            "/v1/plans/\(plan["plan"]?["id"]?.stringValue ?? "")", "/v1/brands/acme/documents/guide",
        ] {
            #expect(try await service.call("GET", path).status == 404, "\(path)")
        }
    }

    @Test func `by the end of the process tells who watches a post`() async throws {
        let service = try await ServiceUnderTest()
        try await service.makeBrand()
        _ = try await service.addDocument("guide", "# Kettle\n\nThe kettle boils a litre in two minutes.")
        try await service.setFaults(hang)
        let stream = Task {
            try await service.call(
                "POST", "/v1/brands/acme/posts", json: ["platform": "x", "brief": "the kettle"], ["accept": "text/event-stream"])
        }
        #expect(try await waitUntil { try await !service.requests("/v1/chat/completions").isEmpty })
        service.service.kill(SIGTERM)
        #expect(try await stream.value.text.contains("event: shutdown"))
    }
}
