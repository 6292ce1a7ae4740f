import Foundation
import JSON
import LocalParts
import Testing

@Suite(.serialized) struct `Budgets of a service` {
    private func prices() throws -> String {
        let path = try LocalParts.temporaryFolder() + "/prices.yaml"
        try "models:\n  sim: {input: 1, output: 4, embedding: 0.1}\n".write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    private let request: JSON = ["posts": 6, "period": ["days": 3]]

    @Test func `a plan is estimated, set aside, and settled`() async throws {
        let service = try await ServiceUnderTest(environment: ["POSTWRIGHT_PRICES": try prices(), "POSTWRIGHT_BUDGET_USD": "5"])
        #expect(try await service.command(["seed", "\(LocalParts.root)/Seeds/tidewell"]).code == 0)
        let documents = try await service.call("GET", "/v1/operations").json["items"]?.arrayValue?.count
        var dry = request.objectValue ?? [:]
        dry["dryRun"] = true
        let estimate = try await service.call("POST", "/v1/brands/tidewell/plans", json: .object(dry))
        #expect(estimate.status == 200, "\(estimate.text)")
        #expect(estimate.json["budget"]?["isAllowed"] == true && estimate.json["budget"]?["remaining"]?["tokens"] == .null)
        let after = try await service.call("GET", "/v1/operations").json["items"]?.arrayValue?.count
        #expect(after == documents, "a dry run makes an operation")

        let made = try await service.call("POST", "/v1/brands/tidewell/plans", json: request)
        let operation = made.json["operation"]?["id"]?.stringValue ?? ""
        let reserved = try await service.call("GET", "/v1/usage").json["reserved"]?["tokens"]?.integerValue ?? 0
        let ended = try await service.outcome(operation)
        #expect(ended["state"] == "succeeded", "\(ended)")
        let usage = try await service.call("GET", "/v1/usage").json
        #expect(reserved > 0 && usage["reserved"]?["tokens"] == 0)
        // What the models counted is what the workspace is billed.
        let billed = try await service.requests("/v1/chat/completions").filter { $0["outcome"] == "answered" }.count
        #expect(usage["used"]?["languageCalls"]?.integerValue == billed)
        let (input, output) = (usage["used"]?["inputTokens"]?.integerValue ?? 0, usage["used"]?["outputTokens"]?.integerValue ?? 0)
        let embedding = usage["used"]?["embeddingTokens"]?.integerValue ?? 0
        #expect(ended["usage"]?["inputTokens"]?.integerValue == input && ended["usage"]?["outputTokens"]?.integerValue == output)
        let dollars = (Double(input) + 4 * Double(output) + 0.1 * Double(embedding)) / 1_000_000
        #expect(abs((usage["used"]?["money"]?.doubleValue ?? 0) - dollars) < 0.0001)
        #expect(usage["models"]?.arrayValue?.map { $0["model"] } == ["sim"] && usage["brands"]?[0]?["brandId"] == "tidewell")
        // The estimate is a little too high, and not by much.
        let tokens = usage["used"]?["tokens"]?.integerValue ?? 0
        let estimated = estimate.json["estimate"]?["tokens"]?.integerValue ?? 0
        #expect(estimated > tokens && estimated < 3 * tokens, "estimated \(estimated), used \(tokens)")

        let shown = try await service.command(["usage", "--json"])
        #expect(try ServiceUnderTest.printed(shown.text)["used"]?["inputTokens"] == usage["used"]?["inputTokens"])
        #expect(try await service.call("GET", "/v1/usage?month=2026-13").status == 422)
        #expect(try await service.call("GET", "/v1/usage?month=2020-01").json["used"]?["tokens"] == 0)
    }

    @Test func `a used-up budget stops everything that costs, until it is raised`() async throws {
        let service = try await ServiceUnderTest(environment: ["POSTWRIGHT_BUDGET_TOKENS": "6000"])
        try await service.makeBrand()
        #expect(try await service.addDocument("kettle", guide).status == 201)
        // More than there is: refused before anything is stored.
        let large = try await service.call("POST", "/v1/brands/acme/plans", json: ["posts": 50])
        #expect(large.status == 402 && large.json["code"] == "budgetExceeded" && large.text.contains("tokens"), "\(large.text)")
        // A single post goes on until the budget is used up in the middle of the work.
        var ended: JSON = [:]
        for _ in 0..<20 where ended["state"] != "failed" {
            let made = try await service.call(
                "POST", "/v1/brands/acme/posts", json: ["platform": "linkedin", "brief": "What the kettle costs"])
            guard made.status == 202 else {
                #expect(made.status == 402)
                break
            }
            ended = try await service.outcome(made.json["operation"]?["id"]?.stringValue ?? "")
        }
        let search = try await service.call("POST", "/v1/brands/acme/search", json: ["query": "price"])
        #expect(search.status == 402 && search.json["code"] == "budgetExceeded", "\(search.text)")
        #expect(try await service.call("POST", "/v1/brands/acme/search", json: ["query": "price", "mode": "text"]).status == 200)
        #expect(try await service.addDocument("more", guide).status == 402)
        let usage = try await service.call("GET", "/v1/usage").json
        let used = usage["used"]?["tokens"]?.integerValue ?? 0
        #expect(used >= 6000 && used < 6000 + 8_000, "\(used)")
        #expect(usage["budget"]?["tokens"] == 6000)
        if ended["state"] == "failed" {
            let resumed = try await service.call("POST", "/v1/operations/\(ended["id"]?.stringValue ?? "")/resume")
            #expect(resumed.status == 402 && resumed.json["code"] == "budgetExceeded", "\(resumed.text)")
        }

        let raised = try await service.command(["budgets", "set", "--workspace", "default", "--tokens", "1000000"])
        #expect(raised.code == 0, "\(raised.text)")
        try await Task.sleep(for: .milliseconds(1_100))
        #expect(try await service.call("POST", "/v1/brands/acme/search", json: ["query": "price"]).status == 200)
        if ended["state"] == "failed" {
            #expect(ended["error"]?["code"] == "budgetExceeded")
            let id = ended["id"]?.stringValue ?? ""
            #expect(try await service.call("POST", "/v1/operations/\(id)/resume").status == 202)
            #expect(try await service.outcome(id)["state"] == "succeeded")
        }
        let listed = try await service.command(["budgets", "list", "--json"])
        #expect(try ServiceUnderTest.printed(listed.text)["workspaces"]?[0]?["budget"]?["tokens"] == 1_000_000)
        #expect(try await service.command(["budgets", "clear", "--workspace", "default"]).code == 0)
    }

    @Test func `a plan that is resumed has to fit again`() async throws {
        let service = try await ServiceUnderTest(environment: ["POSTWRIGHT_BUDGET_TOKENS": "50000"])
        try await service.makeBrand()
        #expect(try await service.addDocument("kettle", guide).status == 201)
        try await service.setFaults([["match": ["path": "/v1/chat/completions"], "times": -1, "action": ["type": "hang"]]])
        func plan() async throws -> String {
            let made = try await service.call("POST", "/v1/brands/acme/plans", json: ["posts": 3])
            #expect(made.status == 202, "\(made.text)")
            return made.json["operation"]?["id"]?.stringValue ?? ""
        }
        func cancel(_ id: String) async throws {
            _ = try await service.call("POST", "/v1/operations/\(id)/cancel")
            #expect(try await service.outcome(id)["state"] == "cancelled")
        }
        let first = try await plan()
        try await cancel(first)
        let second = try await plan()
        let refused = try await service.call("POST", "/v1/operations/\(first)/resume")
        #expect(refused.status == 402 && refused.json["code"] == "budgetExceeded", "\(refused.text)")
        let reserved = try await service.call("GET", "/v1/usage").json["reserved"]?["tokens"]?.integerValue ?? 0
        #expect(reserved > 25_000 && reserved <= 50_000, "\(reserved)")
        try await cancel(second)
        #expect(try await service.call("POST", "/v1/operations/\(first)/resume").status == 202)
        try await cancel(first)
    }

    @Test func `money needs prices`() async throws {
        let service = try await ServiceUnderTest()
        let refused = try await service.command(["serve"], ["POSTWRIGHT_BUDGET_USD": "5"])
        #expect(refused.code == 78 && refused.text.contains("POSTWRIGHT_PRICES"), "\(refused.text)")
        let bad = try LocalParts.temporaryFolder() + "/prices.yaml"
        try "models:\n  sim: {inputs: 1}\n".write(toFile: bad, atomically: true, encoding: .utf8)
        let wrong = try await service.command(["serve"], ["POSTWRIGHT_PRICES": bad])
        #expect(wrong.code == 78 && wrong.text.contains("inputs"), "\(wrong.text)")
    }

    @Test func `GraphQL tells of a budget as REST does`() async throws {
        let service = try await ServiceUnderTest(environment: ["POSTWRIGHT_BUDGET_TOKENS": "1"])
        try await service.makeBrand()
        let mutation: JSON = ["query": "mutation { createPlan(brandId: \"acme\", input: {posts: 3}) { id } }"]
        let answer = try await service.call("POST", "/graphql", json: mutation)
        #expect(answer.json["errors"]?[0]?["extensions"]?["code"] == "BUDGET_EXCEEDED", "\(answer.text)")
    }
}
