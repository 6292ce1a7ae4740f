import Foundation
import JSON
import LocalParts
import Testing

/// What plans are made with, and the forms that they leave in.
struct PlanContentTests {
    private let guide = "# Kettle\n\nThe kettle holds 1.7 litres and costs 49 euro.\n\n## Care\n\nRinse it once a week with vinegar.\n"

    @Test func `changed prompts are used without a restart, and recorded with each post`() async throws {
        let folder = try LocalParts.temporaryFolder()
        let service = try await ServiceUnderTest(environment: ["POSTWRIGHT_PROMPTS": folder])
        try await service.makeBrand()
        _ = try await service.addDocument("kettle", guide)
        func post() async throws -> JSON {
            let order: JSON = ["platform": "x", "brief": "the price of the kettle"]
            return try await service.call("POST", "/v1/brands/acme/posts", json: order, ["prefer": "wait=20"]).json
        }
        let first = try await post()
        let files = Set(first["provenance"]?["templates"]?.objectValue?.members.map(\.key) ?? [])
        #expect(files.isSuperset(of: ["post", "_evidence", "_x"]))

        try Data("X: write it as a riddle.\n".utf8).write(to: URL(filePath: folder + "/_x.prompt"))
        try await Task.sleep(for: .milliseconds(700))
        let second = try await post()
        #expect(second["provenance"]?["templates"]?["_x"] != first["provenance"]?["templates"]?["_x"])
        #expect(second["provenance"]?["templates"]?["post"] == first["provenance"]?["templates"]?["post"])
        let asked = try await service.requests("/v1/chat/completions").map { $0["body"]?.text ?? "" }
        #expect(asked.contains { $0.contains("X: write it as a riddle.") })

        try Data("X: {{riddle}}\n".utf8).write(to: URL(filePath: folder + "/_x.prompt"))
        try await Task.sleep(for: .milliseconds(700))
        let third = try await post()
        #expect(third["state"] != nil && third["provenance"]?["templates"] == second["provenance"]?["templates"])
    }

    @Test func `posts are outdated when their document changes or goes`() async throws {
        let service = try await ServiceUnderTest()
        try await service.makeBrand()
        _ = try await service.addDocument("kettle", "The kettle holds 1.7 litres and costs 49 euro.")
        let path = "/v1/brands/acme/documents/kettle"
        #expect(try await service.call("GET", path + "/citing-posts").json["items"]?.arrayValue?.isEmpty == true)
        let order: JSON = ["platform": "x", "brief": "the price of the kettle"]
        let post = try await service.call("POST", "/v1/brands/acme/posts", json: order, ["prefer": "wait=20"]).json
        func entry() async throws -> JSON? { try await service.call("GET", path + "/citing-posts").json["items"]?.arrayValue?.first }
        #expect(try await entry()?["postId"] == post["id"])
        #expect(try await entry()?["outdated"] == false)
        // What the post quotes stays, though the document is another version.
        _ = try await service.addDocument("kettle", "The kettle holds 1.7 litres and costs 49 euro. It is green.")
        #expect(try await entry()?["outdated"] == false)
        let postPath = "/v1/posts/\(post["id"]?.stringValue ?? "")"
        func stored() async throws -> JSON { try await service.call("GET", postPath).json }
        #expect(try await stored()["outdated"] == false)
        #expect(try await stored()["citations"]?.arrayValue?.allSatisfy { $0["current"] == true } == true)
        _ = try await service.addDocument("kettle", "The kettle is not sold any more.")
        let outdated = try await stored()
        #expect(outdated["outdated"] == true && outdated["citations"]?.arrayValue?.first?["current"] == false)
        #expect(try await entry()?["outdated"] == true)
        #expect(try await entry()?["citations"]?.arrayValue?.allSatisfy { $0["current"] == false } == true)
        #expect(try await service.call("DELETE", path).status == 204)
        #expect(try await entry()?["outdated"] == true)
        #expect(try await service.call("GET", "/v1/brands/acme/documents/none/citing-posts").status == 404)
    }

    @Test func `a brief that the documents say nothing of makes no post, and the missing words are named`() async throws {
        let service = try await ServiceUnderTest()
        try await service.makeBrand()
        _ = try await service.addDocument("kettle", guide)
        let order: JSON = ["platform": "x", "brief": "Announce winter tyres for lorries and tractors"]
        let post = try await service.call("POST", "/v1/brands/acme/posts", json: order, ["prefer": "wait=20"]).json
        #expect(post["state"] == "insufficientEvidence" && post["text"] == "")
        let detail = post["checks"]?.arrayValue?.first?["detail"]?.stringValue ?? ""
        #expect(detail.hasSuffix("missing: winter, tyres, lorries, tractors"))
        #expect(try await service.requests("/v1/chat/completions").isEmpty)
    }

    @Test func `a post that says what a past post said is told apart, with the brand's policy in numbers`() async throws {
        let service = try await ServiceUnderTest()
        let identity: JSON = [
            "requiredTerms": ["Acme"], "style": ["person": "firstPlural", "maxEmoji": 0, "maxHashtags": 1, "maxSentenceWords": 40],
        ]
        let brand = try await service.call("PUT", "/v1/brands/acme", json: ["name": "Acme", "identity": identity])
        #expect(brand.json["identity"]?["style"] == identity["style"])
        let bad: JSON = ["name": "Acme", "identity": ["style": ["maxEmoji": -1, "person": "he", "emoji": 1]]]
        #expect(try await service.call("PUT", "/v1/brands/acme", json: bad).json["errors"]?.arrayValue?.count == 3)
        _ = try await service.addDocument("kettle", guide)
        let past = "Our kettle weighs 900 grams without water, and it holds 1.7 litres for the whole family."
        _ = try await service.call(
            "PUT", "/v1/brands/acme/documents/past", json: ["content": .string(past), "kind": "pastPost"], ["prefer": "wait=20"])
        let order: JSON = ["platform": "instagram", "brief": "the weight of the kettle"]
        let post = try await service.call("POST", "/v1/brands/acme/posts", json: order, ["prefer": "wait=20"]).json
        #expect((post["hashtags"]?.arrayValue?.count ?? 9) <= 1)
        #expect(post["voice"]?["missingTerms"] == ["Acme"])
        #expect((post["voice"]?["similarity"]?.doubleValue ?? 0) > 0 && post["voice"]?["nearestPast"]?["chunkId"] == "past.1.0")
        #expect(post["checks"]?.arrayValue?.contains { $0["rule"] == "requiredTerms" && $0["status"] == "fail" } == true)

        let edit: JSON = ["text": .string("☕️ " + past)]
        let copied = try await service.call("PATCH", "/v1/posts/\(post["id"]?.stringValue ?? "")", json: edit).json
        #expect((copied["voice"]?["nearestPast"]?["resemblance"]?.doubleValue ?? 0) > 0.9)
        let failed = Set((copied["checks"]?.arrayValue ?? []).filter { $0["status"] == "fail" }.compactMap { $0["rule"]?.stringValue })
        #expect(failed.isSuperset(of: ["duplicates", "emoji", "requiredTerms"]) && !failed.contains("person"))
    }

    @Test func `a post is edited by hand, its citations follow, and its checks run again`() async throws {
        let service = try await ServiceUnderTest()
        try await service.makeBrand()
        _ = try await service.addDocument("kettle", "The kettle holds 1.7 litres and costs 49 euro.")
        let order: JSON = ["platform": "x", "brief": "the price of the kettle"]
        let post = try await service.call("POST", "/v1/brands/acme/posts", json: order, ["prefer": "wait=20"]).json
        let path = "/v1/posts/\(post["id"]?.stringValue ?? "")"
        let text = post["text"]?.stringValue ?? ""

        let moved = try await service.call("PATCH", path, json: ["text": .string("Good news.\n\n" + text), "revision": 1])
        #expect(moved.status == 200 && moved.json["revision"] == 2 && moved.json["editedAt"] != nil)
        let before = post["citations"]?.arrayValue ?? []
        let after = moved.json["citations"]?.arrayValue ?? []
        #expect(!before.isEmpty && after.count == before.count)
        for (old, new) in zip(before, after) {
            #expect(new["span"]?["start"]?.integerValue == (old["span"]?["start"]?.integerValue ?? 0) + 12)
            #expect(new["verified"] == old["verified"])
        }

        let worse = text.split(separator: "\n").map { $0 + " Now 19 euro at Harrods." }.joined(separator: "\n")
        let invented = try await service.call("PATCH", path, json: ["text": .string(worse)]).json
        #expect(invented["state"] == "needsReview")
        let failed = (invented["checks"]?.arrayValue ?? []).filter { $0["status"] == "fail" }.compactMap { $0["rule"]?.stringValue }
        #expect(Set(failed).isSuperset(of: ["figures", "names"]))
        #expect(invented["citations"]?.arrayValue?.contains { $0["verified"] == true } == false)

        let long = try await service.call("PATCH", path, json: ["text": .string(String(repeating: "kettle ", count: 60))]).json
        #expect(long["checks"]?.arrayValue?.contains { $0["rule"] == "length" && $0["status"] == "fail" } == true)
        #expect(long["checks"]?.arrayValue?.contains { $0["rule"] == "citations" && $0["status"] == "fail" } == true)

        #expect(try await service.call("PATCH", path, json: ["text": "x", "revision": 1]).status == 409)
        for bad: JSON in [[:], ["texts": "x"], ["text": ""], ["text": 1], ["slides": ["a"]], ["hashtags": "a"]] {
            #expect(try await service.call("PATCH", path, json: bad).status == 422, "\(bad.text)")
        }
        #expect(try await service.call("PATCH", "/v1/posts/none", json: ["text": "x"]).status == 404)
        #expect(try await service.call("GET", path).json["revision"] == long["revision"])
    }

    @Test func `a post is written anew after an instruction, unless a person changed it meanwhile`() async throws {
        let service = try await ServiceUnderTest()
        try await service.makeBrand()
        _ = try await service.addDocument("kettle", guide)
        let order: JSON = ["period": ["days": 1], "posts": 2, "channels": [["platform": "x"]]]
        let plan = try await service.call("POST", "/v1/brands/acme/plans", json: order, ["prefer": "wait=30"]).json
        let post = try #require(plan["posts"]?.arrayValue?.first)
        let path = "/v1/posts/\(post["id"]?.stringValue ?? "")"
        let wish: JSON = ["instruction": "Speak of the guarantee only."]
        let key = ["prefer": "wait=20", "idempotency-key": "again-1"]
        let anew = try await service.call("POST", path + "/regenerate", json: wish, key)
        #expect(anew.status == 200 && anew.json["revision"] == 2)
        for member in ["id", "planId", "slotId", "scheduledAt", "pillar", "brief"] { #expect(anew.json[member] == post[member]) }
        let asked = try await service.requests("/v1/chat/completions").map { $0["body"]?.text ?? "" }
        #expect(asked.contains { $0.contains("Speak of the guarantee only.") && $0.contains("It says now:") })
        // The same key is the same wish.
        #expect(try await service.call("POST", path + "/regenerate", json: wish, key).json["revision"] == 2)
        #expect(try await service.call("POST", path + "/regenerate", json: [:]).status == 422)

        try await service.setFaults([["match": ["path": "/v1/chat/completions"], "times": -1, "action": ["type": "delay", "ms": 1500]]])
        let slow = try await service.call("POST", path + "/regenerate", json: wish).json["operation"]?["id"]?.stringValue ?? ""
        try await Task.sleep(for: .milliseconds(300))
        let edited = try await service.call("PATCH", path, json: ["text": "By hand."])
        #expect(edited.json["revision"] == 3)
        let outcome = try await service.outcome(slow)
        #expect(outcome["state"] == "failed" && outcome["error"]?["code"] == "conflict")
        #expect(try await service.call("GET", path).json["text"] == "By hand.")
    }

    @Test func `a post is replayed, and what would be different today is named`() async throws {
        let service = try await ServiceUnderTest()
        try await service.makeBrand()
        _ = try await service.addDocument("kettle", guide)
        let order: JSON = ["period": ["days": 1], "posts": 2, "channels": [["platform": "x"]]]
        let plan = try await service.call("POST", "/v1/brands/acme/plans", json: order, ["prefer": "wait=30"]).json
        let id = plan["posts"]?.arrayValue?.first?["id"]?.stringValue ?? ""
        func replay(_ environment: [String: String] = [:]) async throws -> JSON {
            let (code, text) = try await service.command(["replay", id, "--json"], environment)
            #expect(code == 0, "\(text)")
            return try ServiceUnderTest.printed(text)
        }
        let asked = try await service.requests("/v1/chat/completions").compactMap {
            try JSON(parsing: Array(($0["body"]?.text ?? "").utf8))
        }
        let same = try await replay()
        #expect(same["differs"] == false && same["prompt"]?["same"] == true)
        let words = same["prompt"]?["messages"]?.arrayValue?.last?["content"]?.stringValue ?? ""
        #expect(words.contains("EVIDENCE") && asked.contains { $0["messages"]?.arrayValue?.last?["content"]?.stringValue == words })
        let fates = same["passages"]?.arrayValue?.compactMap { $0["fate"]?.stringValue } ?? []
        #expect(!fates.isEmpty && fates.allSatisfy { $0 == "same" })

        // Another model, another template, another document.
        let folder = try LocalParts.temporaryFolder()
        try Data("X: a riddle.\n".utf8).write(to: URL(filePath: folder + "/_x.prompt"))
        _ = try await service.addDocument("kettle", "# Kettle\n\nThe kettle is made of steel.\n")
        let changed = try await replay(["POSTWRIGHT_PROMPTS": folder, "LLM_MODEL": "other"])
        #expect(changed["differs"] == true && changed["prompt"]?["same"] == false)
        let other = (changed["templates"]?.arrayValue ?? []).filter { $0["same"] == false }.compactMap { $0["name"]?.stringValue }
        #expect(other == ["_x"])
        #expect(Set(changed["passages"]?.arrayValue?.compactMap { $0["fate"]?.stringValue } ?? []) == ["gone", "new"])
        #expect(changed["model"]?["asked"] == "sim" && changed["model"]?["now"] == "other")
        let shown = try await service.command(["replay", id])
        #expect(shown.text.contains("✓ prompt") && shown.text.contains("no document has this text any more"))
        let missing = try await service.command(["replay", "none"])
        #expect(missing.code == 1 && missing.text.contains("There is no post none."))
    }

    @Test func `retrieval is measured on a brand's questions and on a collection, and a least value can fail it`() async throws {
        let service = try await ServiceUnderTest()
        try await service.makeBrand()
        _ = try await service.addDocument("kettle", guide)
        _ = try await service.addDocument("pot", "The pot is made of copper and weighs 2 kilograms.")
        let folder = try LocalParts.temporaryFolder()
        func write(_ name: String, _ lines: String...) throws {
            try Data(lines.joined(separator: "\n").utf8).write(to: URL(filePath: folder + "/" + name))
        }
        try write(
            "questions.jsonl", #"{"question": "What is the pot made of?", "documents": ["pot"]}"#,
            #"{"question": "How often is the kettle rinsed with vinegar?", "documents": ["kettle"]}"#)
        let good = try await service.command(["eval", folder, "--brand", "acme", "--json", "--at-least", "MRR=0.9"])
        let figures = try ServiceUnderTest.printed(good.text)
        #expect(good.code == 0 && figures["questions"] == 2)
        #expect(figures["modes"]?["hybrid"]?["MRR"]?.doubleValue == 1 && figures["modes"]?["text"]?["hit@5"]?.doubleValue == 1)

        try write(
            "corpus.jsonl", #"{"_id": "1", "title": "Tea", "text": "black tea"}"#, #"{"_id": "2", "title": "", "text": "green apples"}"#)
        try write("queries.jsonl", #"{"_id": "q", "text": "apples"}"#, #"{"_id": "unjudged", "text": "x"}"#)
        try write("qrels.tsv", "query-id\tcorpus-id\tscore", "q\t1\t1")
        let bad = try await service.command(["eval", folder, "--at-least", "nDCG@10=0.99"])
        #expect(bad.code == 1 && bad.text.contains("1 questions of 2 documents") && bad.text.contains("less than 0.990"))
        #expect(try await service.command(["eval", folder, "--at-least", "luck=1"]).code == 64)
        #expect(try await service.command(["eval", folder + "/none"]).text.contains("cannot be read"))
    }

    @Test func `a plan leaves as JSON, CSV, Markdown and iCalendar`() async throws {
        let service = try await ServiceUnderTest()
        try await service.makeBrand()
        _ = try await service.addDocument("kettle", guide)
        let order: JSON = ["posts": 6, "period": ["start": "2027-01-04", "days": 7], "timeZone": "Europe/Oslo"]
        let plan = try await service.call("POST", "/v1/brands/acme/plans", json: order, ["prefer": "wait=30"])
        #expect(plan.status == 200)
        let path = "/v1/plans/" + (plan.json["id"]?.stringValue ?? "")
        let platforms = Set((plan.json["posts"]?.arrayValue ?? []).compactMap { $0["platform"]?.stringValue })
        #expect(platforms == ["instagram", "linkedin", "x", "facebook", "tiktok", "threads"])

        func get(_ accept: String) async throws -> ServiceUnderTest.Answer { try await service.call("GET", path, nil, ["accept": accept]) }
        let calendar = try await get("text/calendar")
        #expect(calendar.text.matches(of: /BEGIN:VEVENT/).count == 6)
        #expect(calendar.text.contains("X-WR-TIMEZONE:Europe/Oslo"))
        #expect(try await get("text/csv").text.hasPrefix("id,slot,scheduledAt,"))
        #expect(try await get("text/html;q=0.9, text/markdown;q=0.5").text.hasPrefix("# acme: 2027-01-04, 7 days"))
        for accept in ["application/json", "*/*", "text/csv;q=0.1, */*"] {
            #expect(try await get(accept).json["id"] == plan.json["id"])
        }
        let refused = try await get("application/pdf")
        #expect(refused.status == 406 && refused.json["code"] == "notAcceptable")
        #expect(try await get("application/json;q=0").status == 406)
    }
}
