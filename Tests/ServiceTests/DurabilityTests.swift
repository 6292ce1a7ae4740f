import Foundation
import JSON
import LocalParts
import Testing
import Transfer

@Suite(.serialized) struct `What is accepted is done` {
    private let sheet: JSON = ["content": "# Kettle\n\nIt costs 49 euro.", "kind": "productSheet"]

    private func operationID(_ answer: ServiceUnderTest.Answer) -> String { answer.json["operation"]?["id"]?.stringValue ?? "" }

    @Test func `one key makes one operation, however often and at once it is sent`() async throws {
        let service = try await ServiceUnderTest()
        try await service.makeBrand()
        let documents = "/v1/brands/acme/documents"
        let answers = try await withThrowingTaskGroup(of: ServiceUnderTest.Answer.self) { group in
            for _ in 0..<100 {
                group.addTask { try await service.call("POST", documents, json: sheet, ["idempotency-key": "one"]) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers.allSatisfy { [202, 409].contains($0.status) })
        let accepted = answers.filter { $0.status == 202 }
        #expect(!accepted.isEmpty && Set(accepted.map { String(decoding: $0.bytes, as: UTF8.self) }).count == 1)
        #expect(accepted.count { $0.headers.contains { $0.name == "idempotent-replayed" } } == accepted.count - 1)
        #expect(try await service.call("GET", "/v1/operations").json["items"]?.arrayValue?.count == 1)
        #expect(try await service.call("GET", documents).json["items"]?.arrayValue?.count == 1)

        // The same key with a wait gives what was made, and nothing new.
        let waited = try await service.call("POST", documents, json: sheet, ["idempotency-key": "one", "prefer": "wait=20"])
        #expect(waited.status == 201 && waited.json["state"] == "ready")
        // Another body, another path, and keys that are none.
        let other = try await service.call("POST", documents, json: ["content": "other"], ["idempotency-key": "one"])
        #expect(other.status == 422 && other.json["code"] == "idempotencyKeyReused")
        #expect(try await service.call("POST", "/v1/brands/acme/plans", json: sheet, ["idempotency-key": "one"]).status == 422)
        for key in ["two words", "é", String(repeating: "k", count: 256)] {
            let refused = try await service.call("POST", documents, json: sheet, ["idempotency-key": key])
            #expect(refused.status == 400 && refused.json["code"] == "malformedRequest", "\(key)")
        }
        // What was refused may be sent again, mended, under its key.
        #expect(try await service.call("POST", documents, json: ["content": 7], ["idempotency-key": "two"]).status == 422)
        #expect(try await service.call("POST", documents, json: sheet, ["idempotency-key": "two"]).status == 202)
        #expect(try await service.call("GET", "/v1/operations").json["items"]?.arrayValue?.count == 2)
    }

    @Test func `several files of a form are stored under one key, all or none`() async throws {
        let service = try await ServiceUnderTest()
        try await service.makeBrand()
        func send(_ second: String) async throws -> ServiceUnderTest.Answer {
            let part = { (name: String, text: String) in
                "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"\(name)\"\r\n\r\n\(text)\r\n"
            }
            let body = part("a.md", "# A\n\nfirst") + part("b.md", second) + "--b--\r\n"
            return try await service.call(
                "POST", "/v1/brands/acme/documents", Array(body.utf8),
                ["content-type": "multipart/form-data; boundary=b", "idempotency-key": "form"])
        }
        #expect(try await send("").status == 422)
        #expect(try await service.call("GET", "/v1/brands/acme/documents").json["items"]?.arrayValue?.isEmpty == true)
        let first = try await send("# B\n\nsecond")
        let second = try await send("# B\n\nsecond")
        #expect(first.status == 202 && second.bytes == first.bytes && first.json["items"]?.arrayValue?.count == 2)
        #expect(try await service.call("GET", "/v1/brands/acme/documents").json["items"]?.arrayValue?.count == 2)
    }

    @Test func `an upload that was overtaken does not touch the one that took its place`() async throws {
        let service = try await ServiceUnderTest()
        try await service.makeBrand()
        let path = "/v1/brands/acme/documents/kettle"
        // The first upload waits for an API that is too busy; the second one is sent meanwhile.
        try await service.setFaults([["match": ["path": "/v1/embeddings"], "times": 3, "action": ["type": "status", "status": 429]]])
        let first = operationID(try await service.call("PUT", path, json: ["content": "The kettle costs 49 euro."]))
        let deadline = ContinuousClock.now + .seconds(10)
        while try await service.call("GET", "/v1/operations/\(first)").json["stage"] != "retrying", ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(20))
        }
        let second = try await service.call("PUT", path, json: ["content": "The kettle costs 59 euro."], ["prefer": "wait=20"])
        #expect(second.json["state"] == "ready" && second.json["version"] == 2)
        let overtaken = try await service.outcome(first)
        #expect(overtaken["state"] == "failed" && overtaken["error"]?["code"] == "superseded")
        #expect(try await service.call("POST", "/v1/operations/\(first)/cancel").status == 200)
        let stored = try await service.call("GET", path).json
        #expect(stored["state"] == "ready" && stored["error"] == nil && stored["version"] == 2)
        let chunks = try await service.call("GET", path + "/chunks").json["items"]?.arrayValue ?? []
        #expect(chunks.count == 1 && chunks[0]["text"]?.stringValue?.contains("59 euro") == true)
    }

    @Test func `a resume pays only for what is missing, under a key once`() async throws {
        let service = try await ServiceUnderTest(modelArguments: ["--latency-ms", "10"])
        try await service.makeBrand()
        _ = try await service.addDocument("kettle", guide)
        // The repair of one post fails after its draft was paid for: the draft must not be asked for again.
        try await service.setFaults([
            ["match": ["contains": "You write one social media post"], "skip": 2, "times": 2, "action": ["type": "status", "status": 400]]
        ])
        let accepted = try await service.call("POST", "/v1/brands/acme/plans", json: ["posts": 6, "onFailure": "settle"])
        let id = operationID(accepted)
        let partial = try await service.outcome(id)
        #expect(partial["state"] == "partial")
        #expect((partial["items"]?.arrayValue ?? []).count { $0["state"] == "failed" && $0["error"]?["code"] == "model.rejected" } == 2)
        for _ in 0..<2 {
            let resumed = try await service.call("POST", "/v1/operations/\(id)/resume", nil, ["idempotency-key": "again"])
            #expect(resumed.status == 202)
        }
        let ended = try await service.outcome(id)
        #expect(ended["state"] == "succeeded")
        // Nothing that was answered is asked again, and usage is that of the calls that were answered.
        #expect(ended["usage"]?["languageCalls"]?.integerValue == (try await service.answeredOnce()))
    }

    @Test func `while the database hangs the service answers, and it recovers`() async throws {
        let service = try await ServiceUnderTest()
        try await service.makeBrand()
        _ = try await service.addDocument("kettle", guide)
        #expect(try await service.call("POST", "/v1/brands/acme/search", json: ["query": "price"]).status == 200)
        service.database.process.kill(SIGSTOP)
        let clock = ContinuousClock()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<200 {
                group.addTask {
                    let start = clock.now
                    let answer = try await service.call("POST", "/v1/brands/acme/documents", json: sheet)
                    #expect(answer.status == 503 && answer.headers.contains { $0.name == "retry-after" })
                    #expect(clock.now - start < .milliseconds(2500))
                }
            }
            try await Task.sleep(for: .milliseconds(300))
            for _ in 0..<10 {
                let start = clock.now
                #expect(try await service.call("GET", "/healthz").status == 200)
                #expect(clock.now - start < .milliseconds(50))
            }
            let found = try await service.call("POST", "/v1/brands/acme/search", json: ["query": "price"])
            #expect(found.status == 200 && found.json["passages"]?.arrayValue?.isEmpty == false)
            try await group.waitForAll()
        }
        service.database.process.kill(SIGCONT)
        let deadline = clock.now + .seconds(5)
        while clock.now < deadline, try await service.call("POST", "/v1/brands/acme/documents", json: sheet).status != 202 {
            try await Task.sleep(for: .milliseconds(50))
        }
        #expect(clock.now < deadline)
    }

    @Test func `a stop hands running work back and ends streams; a second one does not wait`() async throws {
        let service = try await ServiceUnderTest(modelArguments: ["--latency-ms", "700"])
        try await service.makeBrand()
        _ = try await service.addDocument("kettle", guide)
        let id = operationID(try await service.call("POST", "/v1/brands/acme/plans", json: ["posts": 6]))
        async let stream = service.call("GET", "/v1/operations/\(id)/events")
        try await Task.sleep(for: .milliseconds(1200))
        let start = ContinuousClock.now
        service.service.kill(SIGTERM)
        #expect(try await service.service.wait() == 0)
        #expect(ContinuousClock.now - start < .seconds(5))
        #expect(String(decoding: try await stream.bytes, as: UTF8.self).contains("event: operation"))
        #expect(try await stream.text.hasSuffix("event: shutdown\ndata: {\"detail\":\"the service is stopping; connect again\"}\n\n"))
        // Handed back, not left to the lease: the next process goes on at once.
        let restart = ContinuousClock.now
        try await service.restart()
        #expect(try await service.outcome(id)["state"] == "succeeded")
        #expect(ContinuousClock.now - restart < .seconds(15))

        // A client that never ends its request holds the first stop, not the second.
        let body = TransferRequestBody.streamed(length: nil) { writer in
            while true {
                try await writer.write([0x20])
                try await Task.sleep(for: .milliseconds(50))
            }
        }
        let client = TransferClient()
        let url = service.url + "/v1/brands/acme/documents"
        let slow = Task {
            try await client.send(
                TransferRequest(method: "POST", url: url, headers: [("content-type", "text/markdown")], body: body))
        }
        try await Task.sleep(for: .milliseconds(300))
        service.service.kill(SIGTERM)
        try await Task.sleep(for: .milliseconds(500))
        #expect(service.service.isRunning)
        service.service.kill(SIGTERM)
        #expect(try await service.service.wait(timeout: .seconds(2)) == 128 + SIGTERM)
        slow.cancel()
    }

    @Test func `progress and cancellation reach any process within a second`() async throws {
        let service = try await ServiceUnderTest(modelArguments: ["--latency-ms", "100"])
        try await service.makeBrand()
        _ = try await service.addDocument("kettle", guide)
        try await service.setFaults([["match": ["contains": "You write one social media post"], "times": 50, "action": ["type": "hang"]]])
        let (process, other) = try await service.another()
        let id = operationID(try await service.call("POST", "/v1/brands/acme/plans", json: ["posts": 8]))
        while try await service.requests("/v1/chat/completions").count < 10 { try await Task.sleep(for: .milliseconds(20)) }
        async let stream = service.call("GET", other + "/v1/operations/\(id)/events")
        let asked = ContinuousClock.now
        #expect(try await service.call("POST", other + "/v1/operations/\(id)/cancel").status == 202)
        #expect(try await service.outcome(id)["state"] == "cancelled")
        #expect(ContinuousClock.now - asked < .milliseconds(1500))
        let events = try await stream.text
        #expect(events.contains("\"state\":\"cancelled\""))
        let closed = try await service.requests("/v1/chat/completions").count { $0["outcome"] == "clientGone" }
        #expect(closed == 8)
        #expect(process.isRunning)
    }

    @Test func `a single post is streamed, and ends with its client`() async throws {
        let service = try await ServiceUnderTest(modelArguments: ["--latency-ms", "50"])
        try await service.makeBrand()
        _ = try await service.addDocument("kettle", guide)
        let brief: JSON = ["platform": "linkedin", "brief": "the price of the kettle"]
        let headers = ["accept": "text/event-stream"]
        let answer = try await service.call("POST", "/v1/brands/acme/posts", json: brief, headers)
        let events = answer.text.split(separator: "\n\n").filter { $0.hasPrefix("event: ") }
        #expect(answer.status == 200 && events.count > 2 && events.last?.hasPrefix("event: post\n") == true)
        func data(_ event: Substring) throws -> JSON { try JSON(parsing: String(event.split(separator: "data: ", maxSplits: 1)[1])) }
        let post = try data(try #require(events.last))
        let text = try events.filter { $0.hasPrefix("event: text\n") }.map { try data($0)["text"]?.stringValue ?? "" }.joined()
        #expect(post["text"]?.stringValue == text && post["citations"]?.arrayValue?.isEmpty == false)
        #expect(try await service.call("GET", "/v1/posts/\(post["id"]?.stringValue ?? "")").json["text"]?.stringValue == text)
        #expect(try await service.call("GET", "/v1/operations").json["items"]?.arrayValue?.count == 1, "the upload's alone")
        #expect(try await service.call("POST", "/v1/brands/acme/posts", json: ["platform": "none"], headers).status == 422)

        try await service.setFaults([["match": ["contains": "You write one social media post"], "times": 1, "action": ["type": "hang"]]])
        let watching = Task { try await service.call("POST", "/v1/brands/acme/posts", json: brief, headers) }
        while try await service.requests("/v1/chat/completions").count < 2 { try await Task.sleep(for: .milliseconds(20)) }
        watching.cancel()
        let deadline = ContinuousClock.now + .seconds(4)
        while try await service.requests("/v1/chat/completions").allSatisfy({ $0["outcome"] != "clientGone" }) {
            try #require(ContinuousClock.now < deadline, "the model's call outlives its client")
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    @Test func `nothing is lost when the processes and the database die`() async throws {
        let script =
            "import runpy, sys; sys.path.insert(0, sys.argv[1] + '/Scripts'); sys.argv = ['crash.py'] + sys.argv[2:]; "
            + "runpy.run_path(sys.path[0] + '/crash.py', run_name='__main__')"
        let binaries = URL(filePath: LocalParts.product("postwright")).deletingLastPathComponent().path()
        let output = try await LocalParts.runPython(
            script,
            [LocalParts.root, "--binaries", binaries, "--only-places", "--operations", "150", "--kills", "9", "--database-kills", "1"])
        #expect(String(decoding: output, as: UTF8.self).contains("deaths:"))
    }
}
