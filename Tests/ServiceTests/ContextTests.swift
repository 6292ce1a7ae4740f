import Foundation
import JSON
import LocalParts
import Testing

/// What models and searches are shown of a chunk's place in its document.
struct ContextTests {
    /// Sections so long that each is cut into several chunks.
    private func handbook(_ last: String) -> String {
        func section(_ name: String) -> String {
            let sentences = (1...60).map { "Sentence \($0) of the part on \(name) says something about kettles." }
            return "## \(name)\n\n" + sentences.joined(separator: " ") + "\n\n"
        }
        return "# Handbook\n\n" + section("Boiling") + section("Pouring") + "## Price\n\n\(last)\n"
    }

    private func prompts(_ service: ServiceUnderTest, with words: String) async throws -> [String] {
        try await service.requests("/v1/chat/completions").compactMap { request in
            let messages = request["body"]?["messages"]?.arrayValue ?? []
            guard messages.first?["content"]?.stringValue?.contains(words) == true else { return nil }
            return messages.last?["content"]?.stringValue
        }
    }

    @Test func `a prompt shows what stands around a passage in its section`() async throws {
        let service = try await ServiceUnderTest()
        try await service.makeBrand()
        _ = try await service.addDocument("handbook", handbook("It costs 49 euro."))
        let order: JSON = ["platform": "linkedin", "contentType": "post", "brief": "sentences about boiling and pouring"]
        let post = try await service.call("POST", "/v1/brands/acme/posts", json: order, ["prefer": "wait=20"])
        #expect(post.status == 201)
        let prompt = try #require(try await prompts(service, with: "You write one social media post").first)
        let around = prompt.matches(of: #/<around>\n((?s:.*?))\n</around>/#).map { String($0.1) }
        #expect(!around.isEmpty)
        #expect(around.allSatisfy { $0.count <= 2 * 400 + 10 && !$0.contains("<passage") })
        // What is shown stands in the document, next to the passage and not in it.
        let passages = prompt.matches(of: #/<passage id="P\d+"[^>]*>\n((?s:.*?))\n</passage>\n<around>\n((?s:.*?))\n</around>/#)
        for match in passages {
            let own = Set(match.1.matches(of: #/Sentence \d+ of the part on \w+/#).map { String($0.0) })
            let near = Set(match.2.matches(of: #/Sentence \d+ of the part on \w+/#).map { String($0.0) })
            #expect(own.isDisjoint(with: near) && !near.isEmpty)
            #expect(Set((own.union(near)).compactMap { $0.split(separator: " ").last }).count == 1, "one section")
        }
        // What is empty is left out: a passage that is its section's only chunk has nothing around it.
        #expect(!prompt.contains("<around>\n\n") && !prompt.contains("The post exists already") && !prompt.contains("with the picture"))
        let citations = post.json["citations"]?.arrayValue ?? []
        #expect(!citations.isEmpty && citations.allSatisfy { $0["verified"] == true })
    }

    @Test func `a model writes contexts where that is wanted, once for each text`() async throws {
        let service = try await ServiceUnderTest(environment: ["POSTWRIGHT_CHUNK_CONTEXT": "model"])
        try await service.makeBrand()
        func chunks() async throws -> [JSON] {
            try await service.call("GET", "/v1/brands/acme/documents/handbook/chunks?limit=100").json["items"]?.arrayValue ?? []
        }
        let answer = try await service.addDocument("handbook", handbook("It costs 49 euro."))
        #expect(answer.json["state"] == "ready")
        let first = try await chunks()
        #expect(first.count >= 5)
        let contexts = first.compactMap { $0["context"]?.stringValue }
        #expect(contexts.count == first.count && contexts.allSatisfy { !$0.isEmpty && $0.count <= 300 })
        #expect(first.allSatisfy { $0["chunker"]?.stringValue?.contains("+context/") == true })
        let asked = try await prompts(service, with: "where a passage stands")
        #expect(asked.count == first.count)
        #expect(asked.allSatisfy { $0.contains("<passage id=\"P1\" document=\"Handbook\" section=\"Handbook") })
        // What is embedded begins with the header, then the context.
        let inputs = try await service.requests("/v1/embeddings").flatMap { $0["body"]?["input"]?.arrayValue ?? [] }
            .compactMap(\.stringValue)
        for chunk in first {
            let context = chunk["context"]?.stringValue ?? "none"
            #expect(inputs.contains { $0.hasPrefix("Acme > Handbook") && $0.contains("\n\(context)\n") })
        }
        let operations = try await service.call("GET", "/v1/operations").json["items"]?.arrayValue ?? []
        #expect(operations.first?["usage"]?["languageCalls"]?.integerValue == first.count)

        // One section changes: one context is written.
        _ = try await service.addDocument("handbook", handbook("It costs 59 euro."))
        let second = try await chunks()
        #expect(try await prompts(service, with: "where a passage stands").count == first.count + 1)
        #expect(second.dropLast().map { $0["context"] } == first.dropLast().map { $0["context"] })
        let search: JSON = ["query": "What does it cost?", "mode": "text"]
        #expect(try await service.call("POST", "/v1/brands/acme/search", json: search).status == 200)

        // A model that refuses: the upload fails, and what was there stays.
        try await service.setFaults([
            ["match": ["contains": "where a passage stands"], "times": 9, "action": ["type": "status", "status": 400]]
        ])
        let refused = try await service.addDocument("handbook", handbook("It costs 69 euro."))
        let operation = try await service.outcome(refused.json["operation"]?["id"]?.stringValue ?? "")
        #expect(operation["state"] == "failed" && operation["error"]?["code"] == "model.rejected", "\(operation)")
        #expect(try await chunks() == second)
    }
}
