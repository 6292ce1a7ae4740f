import Foundation
import JSON
import LocalParts
import Testing

@Suite(.serialized) struct `What processes search is what is stored` {
    /// The value of a metric without labels.
    private func metric(_ name: String, _ service: ServiceUnderTest, _ url: String) async throws -> Int {
        let page = try await service.call("GET", url + "/metrics")
        let line = page.text.split(separator: "\n").first { $0.hasPrefix("postwright_index_\(name) ") }
        return Int(line?.split(separator: " ").last ?? "") ?? -1
    }

    /// Whether a search through the process gives exactly these documents.
    private func finds(_ documents: Set<String>, _ service: ServiceUnderTest, _ url: String) async throws -> Bool {
        let answer = try await service.call("POST", url + "/v1/brands/acme/search", json: ["query": "kettle", "mode": "text", "limit": 50])
        guard answer.status == 200 else { return false }
        let found = Set((answer.json["passages"]?.arrayValue ?? []).compactMap { $0["documentId"]?.stringValue })
        return found == documents
    }

    /// Waits until both processes find the documents and have been compared with the database without a difference.
    private func agree(on documents: Set<String>, _ service: ServiceUnderTest, _ urls: [String], within limit: Duration) async throws {
        let deadline = ContinuousClock.now + limit
        for url in urls {
            let audits = try await metric("audits_total", service, url)
            while true {
                let isEqual = try await metric("differing_brands", service, url) == 0
                let isCompared = try await metric("audits_total", service, url) > audits
                if isEqual, isCompared, try await finds(documents, service, url) { break }
                guard ContinuousClock.now < deadline else {
                    throw LocalPartFailure(description: "\(url) does not agree with the database")
                }
                try await Task.sleep(for: .milliseconds(100))
            }
        }
    }

    private func write(_ id: String, _ service: ServiceUnderTest) async throws {
        let deadline = ContinuousClock.now + .seconds(10)
        while try await service.addDocument(id, "# \(id)\n\nA kettle.").status / 100 != 2, ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    @Test func `after the database was killed`() async throws {
        let service = try await ServiceUnderTest()
        try await service.makeBrand()
        for id in ["a", "b"] { try await write(id, service) }
        let other = try await service.another()
        let urls = [service.url, other.url]
        for url in urls { #expect(try await finds(["a", "b"], service, url)) }
        service.database.process.kill(SIGKILL)
        try await Task.sleep(for: .milliseconds(500))
        let database = try await DatabaseServer(storage: service.database.storage, port: service.database.port)
        try await write("c", service)
        #expect(try await service.call("DELETE", "/v1/brands/acme/documents/a").status == 204)
        try await agree(on: ["b", "c"], service, urls, within: .seconds(10))
        withExtendedLifetime((database, other.process)) {}
    }

    @Test func `after a process was suspended, and the database no longer has what it missed`() async throws {
        let service = try await ServiceUnderTest(environment: ["POSTWRIGHT_LOG_LEVEL": "notice"])
        try await service.makeBrand()
        for id in ["a", "b"] { try await write(id, service) }
        let other = try await service.another()
        #expect(try await finds(["a", "b"], service, other.url))
        other.process.kill(SIGSTOP)
        for id in ["c", "d", "e", "f", "g", "h"] { try await write(id, service) }
        #expect(try await service.call("DELETE", "/v1/brands/acme/documents/a").status == 204)
        // ChangeStreamHistoryLost, for the streams of both processes.
        _ = try await LocalParts.runPython(
            """
            import sys, pymongo
            pymongo.MongoClient(sys.argv[1]).admin.command(
                "configureFailPoint", "failCommand", mode={"times": 6}, data={"failCommands": ["getMore"], "errorCode": 286})
            """, [service.database.uri])
        other.process.kill(SIGCONT)
        try await agree(on: ["b", "c", "d", "e", "f", "g", "h"], service, [service.url, other.url], within: .seconds(10))
        #expect(other.process.text.contains("changes were missed"))
    }

    @Test func `and doctor sees what is not what was written`() async throws {
        let service = try await ServiceUnderTest()
        try await service.makeBrand()
        for id in ["a", "b"] { try await write(id, service) }
        #expect(try await finds(["a", "b"], service, service.url))
        try await agree(on: ["a", "b"], service, [service.url], within: .seconds(10))
        let well = try await service.command(["doctor"])
        #expect(well.code == 0 && well.text.contains("2 in 1 brands, each as it was written"), "\(well.text)")
        #expect(well.text.contains("brands in its memory: 1, each with the checksum of the database"))
        _ = try await LocalParts.runPython(
            """
            import sys, pymongo
            chunks = pymongo.MongoClient(sys.argv[1]).postwright.chunks
            chunks.update_one({"documentId": "b"}, {"$set": {"text": "damaged"}})
            """, [service.database.uri])
        let ill = try await service.command(["doctor"])
        #expect(ill.code == 1 && ill.text.contains("acme/b") && !ill.text.contains("acme/a"), "\(ill.text)")
    }
}
