import Foundation
import JSON
import LocalParts
import Testing
import Transfer

/// Keys, scopes and workspaces over the real service.
@Suite(.serialized) struct `A service with keys` {
    private func service() async throws -> ServiceUnderTest {
        try await ServiceUnderTest(environment: [
            "POSTWRIGHT_AUTH": "keys", "POSTWRIGHT_WEBHOOK_HOSTS": "127.0.0.1", "POSTWRIGHT_WEBHOOK_PRIVATE_ADDRESSES": "on",
        ])
    }

    /// The key that the command prints, and its public part.
    private func key(_ service: ServiceUnderTest, _ workspace: String, _ scopes: String, _ more: [String] = []) async throws -> (
        text: String, id: String
    ) {
        let made = try await service.command(["keys", "create", "--workspace", workspace, "--scopes", scopes] + more)
        #expect(made.code == 0, "\(made.text)")
        let text = String(made.text.split(separator: "\n").last ?? "")
        return (text, String(text.split(separator: "_")[1]))
    }

    private func call(_ service: ServiceUnderTest, _ key: String?, _ method: String, _ path: String, _ json: JSON? = nil) async throws
        -> ServiceUnderTest.Answer
    {
        var headers = key.map { ["authorization": "Bearer \($0)"] } ?? [:]
        if json != nil { headers["content-type"] = "application/json" }
        return try await service.call(method, path, json?.utf8Bytes, headers)
    }

    @Test func `answers nothing but its health without one`() async throws {
        let service = try await service()
        for path in ["/healthz", "/readyz", "/metrics", "/openapi.json"] {
            #expect(try await call(service, nil, "GET", path).status == 200)
        }
        let (valid, _) = try await key(service, "w", "read")
        var mistyped = Array(valid)
        mistyped[20] = mistyped[20] == "a" ? "b" : "a"
        let wrong = ["", "nonsense", "pw_abc_def", String(mistyped), valid + "x", String(valid.dropLast()), valid.uppercased()]
        for path in ["/v1/brands", "/v1/capabilities", "/v1/nothing", "/graphql?query={__typename}", "/v1/keys"] {
            for key in wrong + [nil] as [String?] {
                let refused = try await call(service, key, "GET", path)
                #expect(refused.status == 401 && refused.json["code"] == "unauthenticated", "\(path) \(key ?? "none")")
                #expect(refused.headers.contains { $0.name.lowercased() == "www-authenticate" && $0.value == "Bearer" })
            }
        }
        // Before the body is read: it would be too large.
        let large = [UInt8](repeating: 0x20, count: 40 << 20)
        #expect(
            try await service.call("POST", "/v1/brands/a/plans", Array(large.prefix(100_000)), ["content-type": "application/json"]).status
                == 401)
        #expect(try await call(service, valid, "GET", "/v1/brands").status == 200)
    }

    @Test func `lets each scope do its own`() async throws {
        let service = try await service()
        let keys = [
            "read": try await key(service, "w", "read").text, "write": try await key(service, "w", "write").text,
            "generate": try await key(service, "w", "generate").text, "admin": try await key(service, "w", "admin").text,
        ]
        #expect(try await call(service, keys["write"], "PUT", "/v1/brands/acme", ["name": "Acme"]).status == 201)
        let table: [(method: String, path: String, body: JSON?, scope: String)] = [
            ("GET", "/v1/brands", nil, "read"), ("GET", "/v1/operations", nil, "read"),
            ("POST", "/v1/brands/acme/search", ["query": "x", "mode": "text"], "read"),
            ("PUT", "/v1/brands/acme", ["name": "Acme"], "write"), ("POST", "/v1/brands/acme/documents", ["content": "x"], "write"),
            ("DELETE", "/v1/brands/acme/documents/nothing", nil, "write"), ("POST", "/v1/brands/acme/media", nil, "write"),
            ("POST", "/v1/brands/acme/plans", ["posts": 0], "generate"), ("POST", "/v1/brands/acme/posts", [:], "generate"),
            ("PATCH", "/v1/posts/nothing", [:], "generate"), ("POST", "/v1/operations/nothing/cancel", nil, "generate"),
            ("POST", "/v1/operations/nothing/resume", nil, "generate"), ("GET", "/v1/keys", nil, "admin"),
            ("POST", "/v1/keys", [:], "admin"), ("DELETE", "/v1/keys/nothing", nil, "admin"),
        ]
        for (method, path, body, scope) in table {
            for (name, key) in keys {
                let isAllowed = name == scope || scope == "read" && name != "admin"
                let answer = try await call(service, key, method, path, body)
                #expect((answer.status == 403) == !isAllowed, "\(name): \(method) \(path): \(answer.status)")
                if !isAllowed { #expect(answer.json["code"] == "forbidden") }
            }
        }
        // GraphQL by its root fields.
        let mutations: [(String, String)] = [
            ("{ brands { nodes { id } } }", "read"), ("mutation { putBrand(id: \"acme\", input: {name: \"Acme\"}) { id } }", "write"),
            ("mutation { createPost(brandId: \"acme\", input: {platform: \"nope\", brief: \"x\"}) { id } }", "generate"),
        ]
        for (query, scope) in mutations {
            for (name, key) in keys {
                let isAllowed = name == scope || scope == "read" && name != "admin"
                let codes =
                    try await call(service, key, "POST", "/graphql", ["query": .string(query)]).json["errors"]?.arrayValue?
                    .compactMap { $0["extensions"]?["code"]?.stringValue } ?? []
                #expect(codes.contains("FORBIDDEN") == !isAllowed, "\(name): \(query): \(codes)")
            }
        }
    }

    @Test func `shows a workspace its own alone, and a key its brands`() async throws {
        let service = try await service()
        let (one, _) = try await key(service, "one", "write,generate")
        let (two, _) = try await key(service, "two", "write,generate,admin")
        for key in [one, two] {
            for brand in ["acme", "other"] {
                #expect(try await call(service, key, "PUT", "/v1/brands/\(brand)", ["name": "B"]).status == 201)
            }
        }
        let upload: JSON = ["content": "The canary sings in workspace one.", "title": "Canary"]
        let accepted = try await call(service, one, "PUT", "/v1/brands/acme/documents/canary", upload).json
        let operation = accepted["operation"]?["id"]?.stringValue ?? ""
        let deadline = ContinuousClock.now + .seconds(20)
        while try await call(service, one, "GET", "/v1/operations/\(operation)").json["state"] != "succeeded",
            ContinuousClock.now < deadline
        {
            try await Task.sleep(for: .milliseconds(20))
        }
        let post = try await service.call(
            "POST", "/v1/brands/acme/posts", json: ["platform": "x", "brief": "the canary"],
            ["authorization": "Bearer \(one)", "prefer": "wait=20"])
        #expect(post.status == 201)
        let postID = post.json["id"]?.stringValue ?? ""
        let (restricted, _) = try await key(service, "one", "write,generate", ["--brands", "other"])
        let paths = [
            "/v1/brands/acme/documents/canary", "/v1/brands/acme/documents/canary/chunks", "/v1/operations/\(operation)",
            "/v1/posts/\(postID)", "/v1/operations/\(operation)/events",
        ]
        for path in paths { #expect(try await call(service, one, "GET", path).status == 200, "\(path)") }
        for foreign in [two, restricted] {
            for path in paths {
                let answer = try await call(service, foreign, "GET", path)
                #expect(answer.status == 404 && !answer.text.contains("anary sings"), "\(path)")
            }
            for (path, body) in [
                ("/v1/operations/\(operation)/cancel", JSON?.none), ("/v1/posts/\(postID)/regenerate", ["instruction": "x"]),
            ] {
                #expect(try await call(service, foreign, "POST", path, body).status == 404, "\(path)")
            }
            let found = try await call(service, foreign, "POST", "/v1/brands/other/search", ["query": "canary", "mode": "text"])
            #expect(found.json["passages"]?.arrayValue?.isEmpty == true)
            let query = """
                { post(id: "\(postID)") { text } operation(id: "\(operation)") { id } operations { nodes { id } }
                  brands { nodes { id documents { nodes { title } } } } }
                """
            let seen = try await call(service, foreign, "POST", "/graphql", ["query": .string(query)])
            #expect(seen.json["data"]?["post"] == .null && seen.json["data"]?["operation"] == .null, "\(seen.text)")
            #expect(!seen.text.contains("Canary") && !seen.text.contains(operation))
        }
        #expect(try await call(service, restricted, "GET", "/v1/brands").json["items"]?.arrayValue?.map { $0["id"] } == ["other"])
        // Nor does a cursor name what the list leaves out.
        for path in ["/v1/brands?limit=1", "/v1/operations?limit=1"] {
            let page = try await call(service, restricted, "GET", path)
            #expect(page.status == 200 && page.json["nextCursor"] == .null, "\(path): \(page.text)")
        }
        let first: JSON = ["query": "{ brands(first: 1) { nodes { id } pageInfo { endCursor hasNextPage } } }"]
        #expect(!(try await call(service, restricted, "POST", "/graphql", first).text.contains("acme")))
        #expect(try await call(service, restricted, "PUT", "/v1/brands/acme", ["name": "B"]).status == 404)
        #expect(try await call(service, restricted, "PUT", "/v1/brands/other", ["name": "B"]).status == 200)
    }

    @Test func `restricted to some brands reaches no other one by keys or repetitions`() async throws {
        let service = try await service()
        let (all, allID) = try await key(service, "w", "write,generate,admin")
        let (some, someID) = try await key(service, "w", "write,generate,admin", ["--brands", "acme"])
        for brand in ["acme", "other"] {
            #expect(try await call(service, all, "PUT", "/v1/brands/\(brand)", ["name": "B"]).status == 201)
        }
        let listed = try await call(service, some, "GET", "/v1/keys").json["items"]?.arrayValue?.map { $0["id"]?.stringValue }
        #expect(listed == [someID])
        #expect(try await call(service, some, "POST", "/v1/keys/\(allID)/rotate", [:]).status == 404)
        #expect(try await call(service, some, "DELETE", "/v1/keys/\(allID)").status == 404)
        #expect(try await call(service, all, "GET", "/v1/brands").status == 200)
        let rotated = try await call(service, some, "POST", "/v1/keys/\(someID)/rotate", [:])
        #expect(rotated.status == 201 && rotated.json["brands"] == ["acme"])
        let next = rotated.json["key"]?.stringValue ?? ""
        // What another key was answered is not answered again to one that does not see the brand.
        func post(_ path: String, _ key: String, _ body: JSON) async throws -> Int {
            try await service.call(
                "POST", path, json: body, ["authorization": "Bearer \(key)", "idempotency-key": "k-\(path.count)", "prefer": "wait=20"]
            ).status
        }
        let upload: JSON = ["content": "A canary."]
        let brief: JSON = ["platform": "x", "brief": "canary"]
        #expect(try await post("/v1/brands/other/documents", all, upload) == 201)
        #expect(try await post("/v1/brands/other/documents", next, upload) == 404)
        #expect(try await post("/v1/brands/other/documents", all, upload) == 201)
        let made = try await service.call(
            "POST", "/v1/brands/other/posts", json: brief, ["authorization": "Bearer \(all)", "prefer": "wait=20"])
        let regenerate = "/v1/posts/\(made.json["id"]?.stringValue ?? "")/regenerate"
        #expect(try await post(regenerate, all, ["instruction": "Shorter."]) == 200)
        #expect(try await post(regenerate, next, ["instruction": "Shorter."]) == 404)
        #expect(try await post(regenerate, all, ["instruction": "Shorter."]) == 200)
    }

    @Test func `goes on to search what is in memory while the database is away`() async throws {
        let service = try await service()
        let (key, _) = try await key(service, "w", "write")
        #expect(try await call(service, key, "PUT", "/v1/brands/acme", ["name": "B"]).status == 201)
        let added = try await service.call(
            "PUT", "/v1/brands/acme/documents/d", json: ["content": "The kettle boils."],
            ["authorization": "Bearer \(key)", "prefer": "wait=20"])
        #expect(added.status == 201)
        let search: JSON = ["query": "kettle"]
        #expect(try await call(service, key, "POST", "/v1/brands/acme/search", search).status == 200)
        service.database.process.kill(SIGSTOP)
        defer { service.database.process.kill(SIGCONT) }
        // Longer than a key's record is young.
        try await Task.sleep(for: .milliseconds(1_200))
        #expect(try await call(service, key, "POST", "/v1/brands/acme/search", search).status == 200)
        let start = ContinuousClock.now
        for _ in 0..<5 { #expect(try await call(service, key, "POST", "/v1/brands/acme/search", search).status == 200) }
        #expect(ContinuousClock.now - start < .seconds(5), "each waits for the database")
        #expect(try await call(service, key + "x", "POST", "/v1/brands/acme/search", search).status == 401)
    }

    @Test func `and without them is for this machine's own pages alone`() async throws {
        let service = try await ServiceUnderTest(environment: ["POSTWRIGHT_ALLOWED_ORIGINS": "https://console.example"])
        let port = service.url.split(separator: ":").last.map(String.init) ?? ""
        func put(_ headers: [String: String]) async throws -> Int {
            try await service.call("PUT", "/v1/brands/acme", json: ["name": "B"], headers).status
        }
        for allowed: [String: String] in [
            [:], ["origin": "http://localhost:\(port)"], ["origin": "https://console.example"], ["host": "localhost:\(port)"],
            ["host": "[::1]"], ["host": "postwright:8080"], ["host": "10.0.0.7"], ["host": "10.0.0.7:80", "origin": "http://10.0.0.7:80"],
            ["host": "console.example"],
            ["sec-fetch-site": "same-origin"],
        ] {
            #expect([200, 201].contains(try await put(allowed)), "\(allowed)")
        }
        for refused: [String: String] in [
            ["host": "evil.example:\(port)"], ["origin": "https://evil.example"], ["origin": "null"], ["sec-fetch-site": "cross-site"],
            ["origin": "http://localhost.evil.example"], ["host": "127.0.0.1.evil.example"],
            ["host": "evil."], ["host": "10.0.0.7:80", "origin": "http://10.0.0.7:8080"],
            ["host": "evil.example", "origin": "http://evil.example"],
        ] {
            #expect(try await put(refused) == 403, "\(refused)")
        }
        #expect(try await service.call("GET", "/v1/brands", nil, ["host": "evil.example"]).status == 403)
        #expect(try await service.call("GET", "/graphql?query={__typename}", nil, ["host": "evil.example"]).status == 403)
        #expect(try await service.call("GET", "/healthz", nil, ["host": "evil.example"]).status == 200)
        // What a browser asks before it sends JSON for a page, and what it wants to see in answers, errors too.
        let ask = ["access-control-request-method": "PUT", "access-control-request-headers": "content-type"]
        let console = ["origin": "https://console.example"]
        let preflight = try await service.call("OPTIONS", "/v1/brands/acme", nil, ask.merging(console) { $1 })
        #expect(preflight.status == 204 && preflight.header("access-control-allow-origin") == "https://console.example")
        #expect(preflight.header("access-control-allow-methods")?.contains("PUT") == true)
        #expect(preflight.header("access-control-allow-headers")?.contains("Content-Type") == true)
        for path in ["/v1/brands", "/v1/brands/none", "/nowhere"] {
            let answer = try await service.call("GET", path, nil, console)
            #expect(answer.header("access-control-allow-origin") == "https://console.example", "\(path)")
            #expect(answer.header("vary") == "Origin")
            #expect(answer.header("access-control-expose-headers")?.contains("X-Request-Id") == true)
            let foreign = try await service.call("GET", path, nil, ["origin": "https://evil.example"])
            #expect(foreign.header("access-control-allow-origin") == nil)
        }
        let refused = try await service.call("OPTIONS", "/v1/brands/acme", nil, ask.merging(["origin": "https://evil.example"]) { $1 })
        #expect(refused.status >= 400 && refused.header("access-control-allow-origin") == nil)
    }

    @Test func `ends the open streams of a revoked key`() async throws {
        let service = try await service()
        let (owner, _) = try await key(service, "w", "write,generate")
        let (reader, readerID) = try await key(service, "w", "read")
        #expect(try await call(service, owner, "PUT", "/v1/brands/acme", ["name": "Acme"]).status == 201)
        // Without the passages there would be nothing to ask the model that hangs.
        let stored = try await service.call(
            "PUT", "/v1/brands/acme/documents/kettle", json: ["content": .string(guide)],
            ["authorization": "Bearer \(owner)", "prefer": "wait=30"])
        #expect(stored.status == 201, "\(stored.text)")
        try await service.setFaults([["match": ["path": "/v1/chat/completions"], "times": -1, "action": ["type": "hang"]]])
        let made = try await call(service, owner, "POST", "/v1/brands/acme/posts", ["platform": "linkedin", "brief": "the price"])
        let operation = made.json["operation"]?["id"]?.stringValue ?? ""
        let request = TransferRequest(
            url: service.url + "/v1/operations/\(operation)/events", headers: [("authorization", "Bearer \(reader)")])
        let stream = try await TransferClient().send(request)
        #expect(stream.status == 200)
        async let text = Self.collected(stream)
        try await Task.sleep(for: .milliseconds(300))
        #expect(try await service.command(["keys", "revoke", readerID]).code == 0)
        let start = ContinuousClock.now
        #expect(await text.contains("event: operation"))
        #expect(ContinuousClock.now - start < .seconds(10))
        // A busy database may answer late; the model keeps the operation running for longer than this asks.
        var after = try await call(service, owner, "GET", "/v1/operations/\(operation)")
        while after.json["state"] != "running" && ContinuousClock.now - start < .seconds(10) {
            try await Task.sleep(for: .milliseconds(250))
            after = try await call(service, owner, "GET", "/v1/operations/\(operation)")
        }
        #expect(after.json["state"] == "running", "\(after.status) \(after.text)")
    }

    /// What came before the connection ended, however it did.
    private static func collected(_ response: TransferResponse) async -> String {
        var bytes: [UInt8] = []
        do { for try await more in response.body { bytes += more } } catch {}
        return String(decoding: bytes, as: UTF8.self)
    }

    /// More calls when the environment says so.
    @Test func `keeps workspaces apart, whatever ids are tried`() async throws {
        let count = ProcessInfo.processInfo.environment["ISOLATION_CALLS"] ?? "600"
        let service = try await service()
        var keys: [String] = []
        for workspace in ["one", "two"] { keys.append(try await key(service, workspace, "write,generate,admin").text) }
        let script = LocalParts.root + "/Tests/ServiceTests/Files/isolation.py"
        let client = try await LocalProcess(LocalParts.python("python"), [script, service.url] + keys + [count, "1"])
        #expect(try await client.wait(timeout: .seconds(900)) == 0, "\(client.text.suffix(2_000))")
        let seen = try JSON(parsing: Array(client.text.utf8))
        #expect(seen["count"] == 0, "\(seen["faults"]?.text ?? "")")
        #expect((seen["made"]?.integerValue ?? 0) > (Int(count) ?? 0) * 9 / 10)
        #expect(seen["whole"] == true && seen["metrics"] == false)
        // No prompt of the one has anything of the other.
        let prompts = try await service.call("GET", service.models.controlURL + "/requests?limit=5000").json["items"]?.arrayValue ?? []
        #expect(prompts.count > 4 && prompts.allSatisfy { !($0.text.contains("CANARYONE") && $0.text.contains("CANARYTWO")) })
        // Nothing of what they have stands in the log.
        #expect(!service.service.text.contains("CANARY"))
    }

    @Test func `ends a key within a second, in every process`() async throws {
        let service = try await service()
        let other = try await service.another()
        let (admin, _) = try await key(service, "w", "admin")
        let (first, firstID) = try await key(service, "w", "read", ["--name", "for the cms"])
        for url in [service.url, other.url] { #expect(try await call(service, first, "GET", url + "/v1/brands").status == 200) }
        let listed = try await call(service, admin, "GET", "/v1/keys")
        #expect(listed.text.contains(firstID) && listed.text.contains("for the cms"))
        #expect(!listed.text.contains(first) && !listed.text.lowercased().contains("hash"))
        #expect(try await service.command(["keys", "list"]).text.contains("\(firstID)  valid  w  read"))

        let rotated = try await call(service, admin, "POST", "/v1/keys/\(firstID)/rotate", ["overlapSeconds": 0])
        let second = rotated.json["key"]?.stringValue ?? ""
        #expect(rotated.status == 201 && rotated.json["name"] == "for the cms")
        try await Task.sleep(for: .seconds(1))
        for url in [service.url, other.url] {
            #expect(try await call(service, first, "GET", url + "/v1/brands").status == 401)
            #expect(try await call(service, second, "GET", url + "/v1/brands").status == 200)
        }
        let secondID = rotated.json["id"]?.stringValue ?? ""
        #expect(try await service.command(["keys", "revoke", secondID]).code == 0)
        #expect(try await service.command(["keys", "revoke", "nobodys"]).code == 1)
        try await Task.sleep(for: .seconds(1))
        for url in [service.url, other.url] { #expect(try await call(service, second, "GET", url + "/v1/brands").status == 401) }
        #expect(try await service.command(["keys", "list"]).text.contains("\(secondID)  revoked"))
        // A key that an admin makes belongs to the admin's workspace.
        let made = try await call(service, admin, "POST", "/v1/keys", ["scopes": ["read"], "expiresInDays": 1])
        #expect(made.status == 201 && made.json["expiresAt"] != nil)
        let read = try await call(service, admin, "GET", "/v1/keys/\(made.json["id"]?.stringValue ?? "")")
        #expect(read.status == 200 && read.json["id"] == made.json["id"] && read.json["key"] == nil, "\(read.text)")
        #expect(try await call(service, admin, "GET", "/v1/keys/nobodys").status == 404)
        #expect(try await call(service, made.json["key"]?.stringValue, "GET", "/v1/brands").status == 200)
        #expect(try await call(service, admin, "POST", "/v1/keys", ["scopes": ["everything"]]).status == 422)
    }

    @Test func `takes tickets once, and keys over WebSocket`() async throws {
        let service = try await service()
        let (reader, _) = try await key(service, "w", "read")
        let ticket = try await call(service, reader, "POST", "/v1/tickets").json["ticket"]?.stringValue ?? ""
        #expect(ticket.count == 43)
        let path = "/graphql?query=%7B__typename%7D&ticket=\(ticket)"
        #expect(try await call(service, nil, "GET", path).status == 200)
        #expect(try await call(service, nil, "GET", path).status == 401)
        let another = try await call(service, reader, "POST", "/v1/tickets").json["ticket"]?.stringValue ?? ""
        let script = """
            import asyncio, json, sys, aiohttp
            async def ask(session, payload, headers={}, query=""):
                url = sys.argv[1].replace("http", "ws") + "/graphql" + query
                async with session.ws_connect(url, protocols=["graphql-transport-ws"], headers=headers) as ws:
                    await ws.send_json({"type": "connection_init", "payload": payload})
                    answer = await ws.receive()
                    return json.loads(answer.data)["type"] if answer.type == aiohttp.WSMsgType.TEXT else ws.close_code
            async def main():
                async with aiohttp.ClientSession() as session:
                    good, bad = {"authorization": "Bearer " + sys.argv[2]}, {"authorization": "Bearer nonsense"}
                    answers = [await ask(session, payload) for payload in [good, {}, bad]]
                    # Programs send the header itself; what is in the payload wins.
                    answers += [await ask(session, {}, good), await ask(session, {}, bad), await ask(session, bad, good)]
                    answers += [await ask(session, {}, query="?ticket=" + sys.argv[3]) for _ in range(2)]
                    print(json.dumps(answers))
            asyncio.run(main())
            """
        let client = try await LocalProcess(LocalParts.python("python"), ["-c", script, service.url, reader, another])
        #expect(try await client.wait(timeout: .seconds(20)) == 0, "\(client.text)")
        #expect(
            try JSON(parsing: Array(client.text.utf8)) == [
                "connection_ack", 4403, 4403, "connection_ack", 4403, 4403, "connection_ack", 4403,
            ])
    }

    @Test func `bounds what a key asks, and a workspace's keys together`() async throws {
        let service = try await ServiceUnderTest(environment: [
            "POSTWRIGHT_AUTH": "keys", "POSTWRIGHT_RATE_LIMIT_PER_MINUTE": "60", "POSTWRIGHT_RATE_LIMIT_BURST": "5",
        ])
        var keys: [String] = []
        for _ in 0..<6 { keys.append(try await key(service, "w", "read").text) }
        let (other, _) = try await key(service, "v", "read")
        var answers: [ServiceUnderTest.Answer] = []
        for _ in 0..<8 { answers.append(try await call(service, keys[0], "GET", "/v1/brands")) }
        #expect(
            answers.prefix(5).allSatisfy { $0.status == 200 } && answers.dropFirst(6).allSatisfy { $0.status == 429 },
            "\(answers.map(\.status))")
        let refused = try #require(answers.last)
        func header(_ name: String, _ answer: ServiceUnderTest.Answer) -> String? {
            answer.headers.first { $0.name.lowercased() == name }?.value
        }
        #expect(refused.json["code"] == "rateLimited" && header("retry-after", refused) == "1")
        #expect(header("ratelimit", answers[0]) == "\"key\";r=4" && header("ratelimit-policy", answers[0]) == "\"key\";q=60;w=60")
        // GraphQL counts the same, and health is never bounded.
        #expect(try await call(service, keys[0], "POST", "/graphql", ["query": "{ __typename }"]).status == 429)
        #expect(try await call(service, nil, "GET", "/healthz").status == 200)
        // Another workspace is not touched; the workspace's other keys share four times as much.
        #expect(try await call(service, other, "GET", "/v1/brands").status == 200)
        var allowed = 0
        for key in keys.dropFirst() {
            for _ in 0..<5 where try await call(service, key, "GET", "/v1/brands").status == 200 { allowed += 1 }
        }
        #expect((14...20).contains(allowed), "\(allowed) more than the first key's five")
        try await Task.sleep(for: .milliseconds(1_100))
        #expect(try await call(service, keys[0], "GET", "/v1/brands").status == 200)
    }

    @Test func `does not start open to others`() async throws {
        let refused = try await LocalProcess(
            LocalParts.product("postwright"), ["serve"], environment: ["POSTWRIGHT_HOST": "0.0.0.0", "POSTWRIGHT_AUTH": "off"])
        #expect(try await refused.wait(timeout: .seconds(20)) == 78)
        #expect(refused.text.contains("POSTWRIGHT_HOST must be a loopback address"))
    }
}
