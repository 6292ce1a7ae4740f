import Foundation
import JSON
import LocalParts
import Testing

@Suite(.serialized) struct `The service` {
    @Test func `ingests, finds, and embeds nothing twice`() async throws {
        let service = try await ServiceUnderTest()
        try await service.makeBrand()
        let added = try await service.addDocument("kettle", guide)
        #expect(added.status == 201)
        #expect(added.json["state"] == "ready" && added.json["chunks"] == 3 && added.json["title"] == "Kettle K2")

        let found = try await service.call("POST", "/v1/brands/acme/search", json: ["query": "how long is the guarantee", "limit": 2])
        let passage = try #require(found.json["passages"]?[0])
        #expect(passage["headingPath"] == ["Kettle K2", "Guarantee"])
        let scalars = Array(guide.unicodeScalars)
        let (start, end) = (passage["span"]?["start"]?.integerValue ?? 0, passage["span"]?["end"]?.integerValue ?? 0)
        #expect(String(String.UnicodeScalarView(scalars[start..<end])) == passage["text"]?.stringValue)

        func embeddedTexts() async throws -> Int {
            try await service.requests("/v1/embeddings").reduce(0) { $0 + ($1["body"]?["input"]?.arrayValue?.count ?? 1) }
        }
        let before = try await embeddedTexts()
        _ = try await service.addDocument("kettle", guide)
        #expect(try await embeddedTexts() == before)
        _ = try await service.addDocument("kettle", guide.replacingOccurrences(of: "49 euro", with: "59 euro"))
        #expect(try await embeddedTexts() == before + 1)
        let again = try await service.call("POST", "/v1/brands/acme/search", json: ["query": "what does it cost", "limit": 10])
        #expect(again.text.contains("59 euro") && !again.text.contains("49 euro"))
        #expect(again.json["passages"]?.arrayValue?.count == 3)
    }

    @Test func `writes a week of posts with quotes that stand in the documents`() async throws {
        let service = try await ServiceUnderTest()
        try await service.makeBrand()
        _ = try await service.addDocument("kettle", guide)
        let order: JSON = [
            "posts": 20, "period": ["start": "2026-12-07", "days": 7], "timeZone": "Europe/Oslo",
            "channels": [["platform": "instagram", "share": 0.7], ["platform": "linkedin", "share": 0.3]],
        ]
        let accepted = try await service.call("POST", "/v1/brands/acme/plans", json: order)
        #expect(accepted.status == 202)
        let operation = accepted.json["operation"]?["id"]?.stringValue ?? ""
        let events = try await service.call("GET", "/v1/operations/\(operation)/events")
        #expect(events.text.contains("event: operation") && events.text.contains("\"state\":\"succeeded\""))
        let plan = try await service.call("GET", "/v1/plans/\(accepted.json["plan"]?["id"]?.stringValue ?? "")").json
        let posts = try #require(plan["posts"]?.arrayValue)
        #expect(posts.count == 20)
        #expect(posts.filter { $0["platform"] == "instagram" }.count == 14)
        for post in posts {
            let citations = post["citations"]?.arrayValue ?? []
            // Twenty posts say more than once what so short a guide has; nothing else is wrong with them.
            let failed = Set((post["checks"]?.arrayValue ?? []).filter { $0["status"] == "fail" }.compactMap { $0["rule"]?.stringValue })
            #expect(failed.subtracting(["duplicates"]).isEmpty && !citations.isEmpty, "\(post["id"]?.text ?? "")")
            #expect((post["state"] == "ready") == failed.isEmpty)
            for citation in citations {
                #expect(citation["verified"] == true && guide.contains(citation["quote"]?.stringValue ?? "?"))
            }
            let time = post["scheduledAt"]?.stringValue ?? ""
            #expect(time >= "2026-12-06T23:00" && time < "2026-12-13T23:00")
        }
    }

    @Test func `one failing call closes the others at once and names its post`() async throws {
        let service = try await ServiceUnderTest(modelArguments: ["--latency-ms", "100"])
        try await service.makeBrand()
        _ = try await service.addDocument("kettle", guide)
        // The posts' calls hang, but one is refused.
        let faults: JSON = [
            "faults": [
                [
                    "match": ["path": "/v1/chat/completions", "contains": "You write one social media post"], "skip": 19, "times": 1,
                    "action": ["type": "status", "status": 400],
                ],
                [
                    "match": ["path": "/v1/chat/completions", "contains": "You write one social media post"], "times": 19,
                    "action": ["type": "hang"],
                ],
            ]
        ]
        #expect(try await service.call("PUT", service.models.controlURL + "/faults", json: faults).status < 300)
        let accepted = try await service.call("POST", "/v1/brands/acme/plans", json: ["posts": 20])
        let ended = try await service.outcome(accepted.json["operation"]?["id"]?.stringValue ?? "")
        #expect(ended["state"] == "failed" && ended["error"]?["code"] == "model.rejected")
        let failed = (ended["items"]?.arrayValue ?? []).filter { $0["state"] == "failed" }
        #expect(failed.count == 1 && failed[0]["id"]?.stringValue?.hasPrefix("slot-") == true)
        let calls = try await service.requests("/v1/chat/completions").filter {
            $0["body"]?.text.contains("You write one social media post") == true
        }
        #expect(calls.count == 20)
        let refused = calls.filter { $0["outcome"] == "fault:status" }.compactMap { $0["finishedAt"]?.doubleValue }
        let closed = calls.filter { $0["outcome"] == "clientGone" }.compactMap { $0["finishedAt"]?.doubleValue }
        #expect(refused.count == 1 && closed.count == 19)
        #expect((closed.max() ?? .infinity) - (refused.first ?? 0) < 100)
    }

    @Test func `goes on where a killed process stopped, and by request`() async throws {
        let service = try await ServiceUnderTest(modelArguments: ["--latency-ms", "20"])
        try await service.makeBrand()
        _ = try await service.addDocument("kettle", guide)
        let faults: JSON = [
            "faults": [
                [
                    "match": ["contains": "You write one social media post"], "skip": 4, "times": 1,
                    "action": ["type": "status", "status": 400],
                ]
            ]
        ]
        _ = try await service.call("PUT", service.models.controlURL + "/faults", json: faults)
        let accepted = try await service.call("POST", "/v1/brands/acme/plans", json: ["posts": 10, "onFailure": "settle"])
        let id = accepted.json["operation"]?["id"]?.stringValue ?? ""
        #expect(try await service.outcome(id)["state"] == "partial")
        let before = try await service.answeredOnce()
        #expect(try await service.call("POST", "/v1/operations/\(id)/resume").status == 202)
        #expect(try await service.outcome(id)["state"] == "succeeded")
        // The missing post alone, with one repair at most.
        #expect([before + 1, before + 2].contains(try await service.answeredOnce()))
        #expect(try await service.call("POST", "/v1/operations/\(id)/resume").status == 409)
    }

    @Test func `who waits for work that fails is told so`() async throws {
        let service = try await ServiceUnderTest()
        try await service.makeBrand()
        #expect(try await service.addDocument("kettle", guide).status == 201)
        for path in ["/v1/embeddings", "/v1/chat/completions"] {
            try await service.setFaults([["match": ["path": .string(path)], "times": -1, "action": ["type": "status", "status": 400]]])
            let order: JSON = ["platform": "x", "brief": "the kettle's price"]
            let answer =
                path == "/v1/embeddings"
                ? try await service.addDocument("second", "# Cup\n\nA cup.")
                : try await service.call("POST", "/v1/brands/acme/posts", json: order, ["prefer": "wait=20"])
            #expect(answer.status == 202 && answer.json["operation"]?["state"] == "failed", "\(path): \(answer.text)")
            #expect(answer.json["operation"]?["error"]?["code"]?.stringValue?.hasPrefix("model.") == true)
            if path == "/v1/embeddings" { #expect(answer.json["document"]?["state"] == "failed") }
        }
    }

    @Test func `stays alive while the database is suspended`() async throws {
        let service = try await ServiceUnderTest()
        service.database.process.kill(SIGSTOP)
        let start = ContinuousClock.now
        #expect(try await service.call("GET", "/healthz").status == 200)
        #expect(ContinuousClock.now - start < .milliseconds(1_500))
        service.database.process.kill(SIGCONT)
        #expect(try await service.call("GET", "/readyz").status == 200)
        service.service.kill(SIGTERM)
        #expect(try await service.service.wait() == 0)
    }
}
