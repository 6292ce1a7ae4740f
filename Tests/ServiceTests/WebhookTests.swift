import JSON
import LocalParts
import Testing

@Suite(.serialized) struct `Webhooks` {
    private func service(_ more: [String: String] = [:]) async throws -> ServiceUnderTest {
        try await ServiceUnderTest(
            environment: ["POSTWRIGHT_WEBHOOK_HOSTS": "127.0.0.1,localhost", "POSTWRIGHT_WEBHOOK_PRIVATE_ADDRESSES": "on"].merging(more) {
                $1
            })
    }

    private func script(_ service: ServiceUnderTest, _ receiver: Receiver, _ statuses: [Int], secrets: [JSON]) async throws {
        let order: JSON = ["statuses": .array(statuses.map { JSON($0) }), "secrets": .array(secrets)]
        #expect(try await service.call("PUT", receiver.url, json: order).status == 200)
    }

    private func deliveries(_ service: ServiceUnderTest, _ id: String, until state: String) async throws -> [JSON] {
        let deadline = ContinuousClock.now + .seconds(30)
        while true {
            let list = try await service.call("GET", "/v1/webhooks/\(id)/deliveries").json["items"]?.arrayValue ?? []
            if list.contains(where: { $0["state"]?.stringValue == state }) || ContinuousClock.now > deadline { return list }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    @Test func `are signed, tried again, and sent once more on request`() async throws {
        let (service, receiver) = (try await service(), try await Receiver())
        let made = try await service.call("POST", "/v1/webhooks", json: ["url": .string(receiver.url + "/hook"), "states": ["succeeded"]])
        #expect(made.status == 201, "\(made.text)")
        let id = made.json["id"]?.stringValue ?? ""
        // The second secret is the true one; the reference library checks both.
        try await script(service, receiver, [500], secrets: [made.json["secret"] ?? .null])
        try await service.makeBrand()
        let document = try await service.addDocument("kettle", guide)
        #expect(document.status == 201)

        let received = try await receiver.received(service, "/hook", count: 2)
        #expect(received.count == 2 && received.allSatisfy { $0["verified"] == true }, "\(received)")
        #expect(Set(received.compactMap { $0["headers"]?["webhook-id"]?.stringValue }).count == 1, "a repetition has another id")
        let body = received.last?["body"]
        #expect(body?["type"] == "operation.succeeded" && body?["data"]?["state"] == "succeeded")
        #expect(body?["data"]?["kind"] == "ingestDocument" && body?["data"]?["result"]?["id"] == "kettle")

        let delivery = try await deliveries(service, id, until: "delivered")[0]
        #expect(delivery["attempts"] == 2 && delivery["lastStatus"] == 204)
        let replay = "/v1/webhooks/\(id)/deliveries/\(delivery["id"]?.stringValue ?? "")/replay"
        #expect(try await service.call("POST", replay).status == 202)
        #expect(try await receiver.received(service, "/hook", count: 3).count == 3)

        // One that is gone is told so once.
        try await script(service, receiver, [410], secrets: [])
        _ = try await service.addDocument("second", guide)
        _ = try await deliveries(service, id, until: "failed")
        #expect(try await service.call("GET", "/v1/webhooks/\(id)").json["disabledReason"] != nil)
        #expect(try await service.call("POST", replay).status == 409)
        #expect(try await service.call("DELETE", "/v1/webhooks/\(id)").status == 204)
        #expect(try await service.call("GET", "/v1/webhooks/\(id)/deliveries").status == 404)
        #expect(try await service.call("GET", "/v1/webhooks").json["items"] == [])
    }

    @Test func `outlive the process that should have sent them`() async throws {
        let (service, receiver) = (try await service(), try await Receiver())
        let made = try await service.call("POST", "/v1/webhooks", json: ["url": .string(receiver.url + "/hook")])
        try await script(service, receiver, [], secrets: [made.json["secret"] ?? .null])
        try await service.makeBrand()
        // Killed right after the operation's end, most likely before anybody was told.
        for number in 0..<5 { _ = try await service.addDocument("d\(number)", guide) }
        try await service.service.stop()
        try await service.restart()
        let received = try await receiver.received(service, "/hook", count: 5)
        #expect(Set(received.compactMap { $0["body"]?["data"]?["result"]?["id"]?.stringValue }) == Set((0..<5).map { "d\($0)" }))
    }

    @Test func `are left to the processes that may send them`() async throws {
        let (service, receiver) = (try await service(), try await Receiver())
        let other = try await service.another(["POSTWRIGHT_WEBHOOK_HOSTS": ""])
        let made = try await service.call("POST", "/v1/webhooks", json: ["url": .string(receiver.url + "/hook")])
        try await script(service, receiver, [], secrets: [made.json["secret"] ?? .null])
        try await service.makeBrand()
        for number in 0..<12 { _ = try await service.addDocument("d\(number)", guide) }
        let received = try await receiver.received(service, "/hook", count: 12)
        #expect(Set(received.compactMap { $0["body"]?["data"]?["result"]?["id"]?.stringValue }).count == 12)
        #expect(other.process.isRunning)
    }

    @Test func `go to allowed hosts and public addresses only`() async throws {
        let off = try await ServiceUnderTest()
        let refused = try await off.call("POST", "/v1/webhooks", json: ["url": "https://hooks.example.com/x"])
        #expect(refused.status == 422 && refused.text.contains("POSTWRIGHT_WEBHOOK_HOSTS"))

        let service = try await ServiceUnderTest(environment: ["POSTWRIGHT_WEBHOOK_HOSTS": "localhost,hooks.example.com"])
        for url in [
            "http://hooks.example.com/x", "https://other.example.com/x", "ftp://hooks.example.com", "https://u:p@hooks.example.com/",
            "https://hooks.example.com/#x", "nonsense", "https://hooks.example.com@evil.example/", "https://127.0.0.1/",
            "https://hooks.example.com:99999/", "https://hooks.example.com:0/",
        ] {
            let answer = try await service.call("POST", "/v1/webhooks", json: ["url": .string(url)])
            #expect(answer.status == 422 && answer.json["errors"]?[0]?["pointer"] == "/url", "\(url): \(answer.text)")
        }
        // An allowed name that leads to this machine: the address is looked at when the connection is made.
        let receiver = try await Receiver()
        let made = try await service.call("POST", "/v1/webhooks", json: ["url": .string("https://localhost:\(receiver.port)/hook")])
        #expect(made.status == 201)
        try await service.makeBrand()
        _ = try await service.addDocument("kettle", guide)
        let deadline = ContinuousClock.now + .seconds(15)
        var delivery: JSON = [:]
        while delivery["lastError"] == nil, ContinuousClock.now < deadline {
            delivery =
                try await service.call("GET", "/v1/webhooks/\(made.json["id"]?.stringValue ?? "")/deliveries").json["items"]?[0] ?? [:]
            try await Task.sleep(for: .milliseconds(50))
        }
        #expect(delivery["lastError"]?.stringValue?.contains("address") == true, "\(delivery)")
        #expect(delivery["state"] == "pending")
        #expect(try await receiver.received(service, "/hook", within: .zero).isEmpty)
    }
}
