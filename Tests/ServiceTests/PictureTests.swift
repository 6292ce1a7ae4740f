import Foundation
import JSON
import LocalParts
import Testing
import Transfer

/// Pictures: those of the brand, seen and placed, and those that are made.
struct PictureTests {
    /// A PNG of one pixel.
    private static let png = Array(
        Data(
            base64Encoded:
                "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==") ?? Data())

    private func upload(_ service: ServiceUnderTest, _ brand: String = "acme") async throws -> String {
        let answer = try await service.call("POST", "/v1/brands/\(brand)/media", Self.png, ["content-type": "image/png"])
        return answer.json["id"]?.stringValue ?? ""
    }

    @Test func `a plan's pictures are seen, described and each placed in one post`() async throws {
        let service = try await ServiceUnderTest()
        try await service.makeBrand()
        _ = try await service.addDocument("kettle", guide)
        let ids = [try await upload(service), try await upload(service)]
        let order: JSON = ["period": ["days": 2], "posts": 4, "channels": [["platform": "instagram"]], "mediaIds": JSON(ids)]
        let plan = try await service.call("POST", "/v1/brands/acme/plans", json: order, ["prefer": "wait=30"])
        #expect(plan.status == 200)
        #expect(plan.json["pictures"]?.arrayValue?.compactMap { $0["mediaId"]?.stringValue } == ids)
        #expect(plan.json["pictures"]?.arrayValue?.allSatisfy { $0["description"]?.stringValue?.isEmpty == false } == true)
        let placed = (plan.json["slots"]?.arrayValue ?? []).compactMap { $0["mediaId"]?.stringValue }
        #expect(placed.sorted() == ids.sorted())
        let shown = (plan.json["posts"]?.arrayValue ?? []).compactMap { $0["media"]?["mediaId"]?.stringValue }
        #expect(shown.sorted() == ids.sorted())
        // The model is shown the bytes themselves, and what it said of them stays between the fences.
        let asked = try await service.requests("/v1/chat/completions").compactMap { $0["body"]?.text }
        #expect(asked.filter { $0.contains("data:image/png;base64,iVBOR") }.count == 2)
        #expect(asked.contains { $0.contains("<picture id=") })
        let operation = try await service.call("GET", "/v1/operations/\(plan.json["operationId"]?.stringValue ?? "")").json
        let items = (operation["items"]?.arrayValue ?? []).compactMap { $0["id"]?.stringValue }
        #expect(items.prefix(3) == ["media", "pillars", "distribution"])
    }

    @Test func `a large picture comes back as it went in, and one that lost a piece is told of`() async throws {
        let service = try await ServiceUnderTest(environment: ["POSTWRIGHT_LOG_LEVEL": "error"])
        try await service.makeBrand()
        let large = Self.png + (0..<700_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let made = try await service.call("POST", "/v1/brands/acme/media", large, ["content-type": "image/png"])
        let address = "/v1/media/\(made.json["id"]?.stringValue ?? "")"
        let answer = try await service.call("GET", address)
        #expect(answer.status == 200 && answer.bytes == large && answer.header("content-length") == "\(large.count)")
        let head = try await service.call("HEAD", address)
        #expect(head.status == 200 && head.bytes.isEmpty && head.header("content-length") == "\(large.count)")
        func removePiece(_ number: Int) async throws {
            _ = try await LocalParts.runPython(
                "import sys, pymongo; pymongo.MongoClient(sys.argv[1]).postwright['media.chunks'].delete_one({'n': int(sys.argv[2])})",
                [service.database.uri, "\(number)"])
        }
        try await removePiece(2)
        await #expect(throws: TransferError.self) { try await service.call("GET", address) }
        #expect(try await service.call("GET", "/metrics").text.contains("postwright_http_problems_total{code=\"internal\"} 1"))
        #expect(service.service.text.contains("has no piece 2"))
        try await removePiece(0)
        #expect(try await service.call("GET", address).status == 500)
    }

    @Test func `pictures that the brand does not have are named`() async throws {
        let service = try await ServiceUnderTest()
        try await service.makeBrand()
        try await service.makeBrand("other")
        let (own, foreign) = (try await upload(service), try await upload(service, "other"))
        let order: JSON = ["posts": 3, "mediaIds": [.string(own), .string(foreign), "none"]]
        let answer = try await service.call("POST", "/v1/brands/acme/plans", json: order)
        #expect(answer.status == 422)
        #expect(answer.json["errors"]?.arrayValue?.compactMap { $0["pointer"]?.stringValue } == ["/mediaIds/1", "/mediaIds/2"])
        let many: JSON = ["posts": 1, "mediaIds": [.string(own), .string(own)]]
        #expect(try await service.call("POST", "/v1/brands/acme/plans", json: many).json["errors"]?.arrayValue?.count == 2)
    }

    @Test func `where an images API is set, posts get pictures, and a resumed plan makes only the missing ones`() async throws {
        let models = try await ModelServer([])
        let service = try await ServiceUnderTest(environment: ["IMAGES_BASE_URL": models.baseURL, "IMAGES_MODEL": "sim"])
        #expect(try await service.call("GET", "/v1/capabilities").json["models"]?["images"] == "sim")
        try await service.makeBrand()
        _ = try await service.addDocument("kettle", guide)
        let failing: JSON = [
            "faults": [["match": ["path": "/v1/images/generations"], "skip": 1, "action": ["type": "status", "status": 400]]]
        ]
        _ = try await service.call("PUT", models.controlURL + "/faults", json: failing)
        let order: JSON = ["period": ["days": 1], "posts": 3, "channels": [["platform": "tiktok"]], "onFailure": "settle"]
        let started = try await service.call("POST", "/v1/brands/acme/plans", json: order)
        let id = started.json["operation"]?["id"]?.stringValue ?? ""
        #expect(try await service.outcome(id)["state"] == "partial")
        let chats = try await service.answeredOnce()
        #expect(try await service.call("POST", "/v1/operations/\(id)/resume").status == 202)
        #expect(try await service.outcome(id)["state"] == "succeeded")
        // What was written is not written again for the sake of its picture.
        #expect(try await service.answeredOnce() == chats)
        let plan = try await service.call("GET", "/v1/plans/\(started.json["plan"]?["id"]?.stringValue ?? "")").json
        #expect(plan["usage"]?["imageCalls"] == 3)
        for post in plan["posts"]?.arrayValue ?? [] {
            let picture = try await service.call("GET", "/v1/media/\(post["media"]?["mediaId"]?.stringValue ?? "")")
            #expect(picture.status == 200 && picture.bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]))
            #expect(post["provenance"]?["templates"]?["picture"] != nil)
        }
        let log = try await service.call("GET", models.controlURL + "/requests?limit=100").json
        let sizes = (log["items"]?.arrayValue ?? []).compactMap { $0["body"]?["size"]?.stringValue }
        #expect(sizes.count == 4 && sizes.allSatisfy { $0 == "1024x1536" })
    }
}
