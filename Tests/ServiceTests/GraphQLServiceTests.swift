import Foundation
import JSON
import LocalParts
import Testing

/// The product's schema over the real service, and its streams with real clients.
@Suite(.serialized) struct `GraphQL of the service` {
    private func graphQL(_ service: ServiceUnderTest, _ query: String, _ variables: JSON = [:]) async throws -> JSON {
        try await service.call("POST", "/graphql", json: ["query": .string(query), "variables": variables]).json
    }

    @Test func `schema.graphql is what the binary prints`() async throws {
        let process = try await LocalProcess(LocalParts.product("postwright"), ["print-schema"])
        #expect(try await process.wait(timeout: .seconds(20)) == 0)
        let committed = try String(contentsOfFile: LocalParts.root + "/schema.graphql", encoding: .utf8)
        #expect(process.text == committed, "run: postwright print-schema > schema.graphql")
    }

    @Test func `does what the REST API does, through the same use cases`() async throws {
        let service = try await ServiceUnderTest()
        let input: JSON = [
            "name": "Acme", "identity": ["voice": "dry", "style": ["person": "FIRST_PLURAL"]], "metadata": ["a": [1, .null]],
        ]
        let put = try await graphQL(
            service,
            "mutation ($input: BrandInput!) { putBrand(id: \"acme\", input: $input) { id identity { style { person } } metadata } }",
            ["input": input])
        #expect(put["data"]?["putBrand"]?["identity"]?["style"]?["person"] == "FIRST_PLURAL")
        let rest = try await service.call("GET", "/v1/brands/acme").json
        #expect(rest["identity"]?["voice"] == "dry" && rest["identity"]?["style"]?["person"] == "firstPlural")
        #expect(rest["metadata"] == ["a": [1, .null]])

        let document: JSON = ["content": .string(guide), "kind": "PRODUCT_SHEET", "metadata": ["tags": ["kitchen"]]]
        let added = try await graphQL(
            service,
            """
            mutation ($input: DocumentInput!) { putDocument(brandId: "acme", id: "kettle", input: $input) { id kind result { __typename } } }
            """, ["input": document])
        #expect(added["data"]?["putDocument"]?["result"]?["__typename"] == "Document")
        _ = try await service.outcome(added["data"]?["putDocument"]?["id"]?.stringValue ?? "")

        let found = try await graphQL(
            service,
            """
            { brand(id: "acme") {
                documents(first: 5) { nodes { id kind state brand { name } chunks(first: 2) { nodes { headingPath } pageInfo { hasNextPage endCursor } } } }
                search(input: {query: "What does the kettle cost?", mode: TEXT, filter: {kind: "productSheet"}, limit: 2}) {
                  text score document { title metadata } }
            } }
            """)
        let brand = found["data"]?["brand"]
        #expect(found["errors"] == nil, "\(found)")
        #expect(brand?["documents"]?["nodes"]?[0]?["kind"] == "PRODUCT_SHEET")
        #expect(brand?["documents"]?["nodes"]?[0]?["chunks"]?["pageInfo"]?["hasNextPage"] == true)
        #expect(brand?["search"]?[0]?["text"]?.stringValue?.contains("49 euro") == true)
        #expect(brand?["search"]?[0]?["document"]?["metadata"] == ["tags": ["kitchen"]])

        // One key makes one plan, and another request with it is refused.
        let create = "mutation ($posts: Int!) { createPlan(brandId: \"acme\", input: {posts: $posts}, idempotencyKey: \"week\") { id } }"
        let first = try await graphQL(service, create, ["posts": 4])
        #expect(try await graphQL(service, create, ["posts": 4]) == first)
        let other = try await graphQL(service, create, ["posts": 5])
        #expect(other["errors"]?[0]?["extensions"]?["code"] == "IDEMPOTENCY_KEY_REUSED")
        let id = first["data"]?["createPlan"]?["id"]?.stringValue ?? ""
        #expect(try await service.outcome(id)["state"] == "succeeded")
        let plan = try await graphQL(
            service,
            """
            query ($id: ID!) { operation(id: $id) { state usage { languageCalls } result { ... on Plan {
              id state pillars { name } posts { id state text outdated citations { quote verified current } brand { id } } } } } }
            """, ["id": .string(id)])
        let posts = plan["data"]?["operation"]?["result"]?["posts"]?.arrayValue ?? []
        #expect(posts.count == 4 && posts.allSatisfy { $0["brand"]?["id"] == "acme" && $0["outdated"] == false })
        let restPlan = try await service.call("GET", "/v1/plans/\(plan["data"]?["operation"]?["result"]?["id"]?.stringValue ?? "")").json
        #expect(restPlan["posts"]?.arrayValue?.map { $0["text"] } == posts.map { $0["text"] })

        let post = posts[0]["id"]?.stringValue ?? ""
        let edited = try await graphQL(
            service, "mutation ($id: ID!) { editPost(id: $id, input: {text: \"Made by hand.\", revision: 1}) { text revision editedAt } }",
            ["id": .string(post)])
        #expect(edited["data"]?["editPost"]?["text"] == "Made by hand." && edited["data"]?["editPost"]?["revision"] == 2)
        #expect(try await graphQL(service, "mutation { deleteBrand(id: \"acme\") }")["data"]?["deleteBrand"] == "acme")
        #expect(try await graphQL(service, "{ brand(id: \"acme\") { id } }")["data"]?["brand"] == .null)
    }

    static let refusals: [(query: String, code: String, says: String)] = [
        ("mutation { putBrand(id: \"Not A Slug\", input: {name: \"x\"}) { id } }", "INVALID_REQUEST", "lower-case"),
        ("mutation { putBrand(id: \"x\", input: {name: \"\"}) { id } }", "INVALID_REQUEST", "name"),
        ("mutation { createPlan(brandId: \"nobody\", input: {posts: 3}) { id } }", "NOT_FOUND", "brand"),
        ("mutation { createPlan(brandId: \"acme\", input: {posts: 1000, timeZone: \"Mars/Base\"}) { id } }", "INVALID_REQUEST", "2 values"),
        ("mutation { createPost(brandId: \"acme\", input: {platform: \"myspace\", brief: \"x\"}) { id } }", "INVALID_REQUEST", "myspace"),
        ("mutation { cancelOperation(id: \"nothing\") { id } }", "NOT_FOUND", "operation"),
        ("mutation { addMedia(brandId: \"acme\", mediaType: \"image/png\", base64: \"AAAA\") { id } }", "INVALID_REQUEST", "picture"),
        (
            "mutation { addMedia(brandId: \"acme\", mediaType: \"text/html\", base64: \"AAAA\") { id } }", "UNSUPPORTED_MEDIA_TYPE",
            "image/png"
        ),
        ("{ brands(first: 1000) { nodes { id } } }", "INVALID_REQUEST", "200"),
        ("{ search(brandId: \"acme\", input: {query: \"x\", filter: {nope: 1}}) { text } }", "INVALID_REQUEST", "nope"),
        ("{ brands { nodes { documents { nodes { chunks { nodes { text } } } } } } }", "COST_LIMIT_EXCEEDED", "5000"),
    ]

    @Test func `names what is wrong, and stores nothing`() async throws {
        let service = try await ServiceUnderTest()
        try await service.makeBrand()
        for (query, code, says) in Self.refusals {
            let answer = try await graphQL(service, query)
            let error = answer["errors"]?[0]
            #expect(error?["extensions"]?["code"]?.stringValue == code, "\(query): \(answer)")
            #expect(answer.text.contains(says), "\(query): \(answer)")
        }
        #expect(try await service.call("GET", "/v1/operations").json["items"]?.arrayValue?.isEmpty == true)
        #expect(try await service.call("GET", "/v1/brands").json["items"]?.arrayValue?.count == 1)
    }

    @Test func `a mutation that fails leaves the others of its request`() async throws {
        let service = try await ServiceUnderTest()
        try await service.makeBrand()
        let answer = try await graphQL(
            service,
            """
            mutation {
              a: createPost(brandId: "acme", input: {platform: "x", brief: "the kettle"}) { id state }
              b: createPost(brandId: "acme", input: {platform: "nope", brief: "the kettle"}) { id }
              c: addDocument(brandId: "acme", input: {content: ""}) { id }
              d: putBrand(id: "nul", input: {name: "a\\u0000b"}) { id }
            }
            """)
        #expect(answer["data"]?["a"]?["id"]?.stringValue?.isEmpty == false && answer["data"]?["b"] == .null)
        let codes = answer["errors"]?.arrayValue?.map { $0["extensions"]?["code"]?.stringValue ?? "" }
        #expect(codes == ["INVALID_REQUEST", "INVALID_REQUEST", "BAD_USER_INPUT"], "\(answer)")
        #expect(try await service.call("GET", "/v1/brands/nul").status == 404)
    }

    // MARK: Streams

    /// A plan that takes a while.
    private func plan(_ service: ServiceUnderTest, posts: Int = 6) async throws -> (operation: String, plan: String) {
        try await service.makeBrand()
        _ = try await service.addDocument("kettle", guide)
        let accepted = try await service.call("POST", "/v1/brands/acme/plans", json: ["posts": JSON(posts)]).json
        return (accepted["operation"]?["id"]?.stringValue ?? "", accepted["plan"]?["id"]?.stringValue ?? "")
    }

    private func watchers(_ service: ServiceUnderTest) async throws -> Int {
        let page = try await service.call("GET", "/metrics").text
        let line = page.split(separator: "\n").first { $0.hasPrefix("postwright_operation_watchers ") }
        return Int(line?.split(separator: " ").last ?? "") ?? -1
    }

    private func client(_ arguments: [String]) async throws -> LocalProcess {
        let script = LocalParts.root + "/Tests/ServiceTests/Files/graphql_clients.py"
        return try await LocalProcess(LocalParts.python("python"), [script] + arguments)
    }

    @Test(arguments: ["websocket", "multipart", "sse"])
    func `clients follow a plan to its end`(transport: String) async throws {
        let service = try await ServiceUnderTest(modelArguments: ["--latency-ms", "300"])
        let operation = try await plan(service).operation
        let client = try await client([transport, service.url, operation])
        #expect(try await client.wait(timeout: .seconds(60)) == 0, "\(client.text)")
        let states = try JSON(parsing: Array(client.text.utf8)).arrayValue?.compactMap(\.stringValue) ?? []
        #expect(states.contains("RUNNING"))
        #expect(states.last == (transport == "sse" ? "complete" : "SUCCEEDED"), "\(states)")
        #expect(states.count > 3)
        #expect(try await watchers(service) == 0)
    }

    @Test func `the posts of a plan come as they are finished`() async throws {
        let service = try await ServiceUnderTest(modelArguments: ["--latency-ms", "100", "--jitter-ms", "200"])
        let (_, plan) = try await plan(service)
        let query = "subscription ($id: ID!) { postGenerated(planId: $id) { id text platform } }"
        let body: JSON = ["query": .string(query), "variables": ["id": .string(plan)]]
        let answer = try await service.call("POST", "/graphql", json: body, ["accept": "text/event-stream"])
        let events = answer.text.split(separator: "\n").filter { $0.hasPrefix("data: ") }.map { Array($0.dropFirst(6).utf8) }
        let ids = try events.compactMap { try JSON(parsing: $0)["data"]?["postGenerated"]?["id"]?.stringValue }
        #expect(ids.count == 6 && Set(ids).count == 6)
        #expect(answer.text.hasSuffix("event: complete\ndata:\n\n"))
        let stored = try await service.call("GET", "/v1/plans/\(plan)").json["posts"]?.arrayValue?.compactMap { $0["id"]?.stringValue }
        #expect(Set(stored ?? []) == Set(ids))
        // Watched again, they are all there at once.
        #expect(
            try await service.call("POST", "/graphql", json: body, ["accept": "text/event-stream"]).text.split(separator: "\n").count
                == answer.text.split(separator: "\n").count)
    }

    @Test(arguments: ["websocket", "multipart", "sse"])
    func `a client that goes ends its stream, and not the work`(transport: String) async throws {
        let service = try await ServiceUnderTest(modelArguments: ["--latency-ms", "500"])
        let operation = try await plan(service, posts: 3).operation
        let client = try await client([transport, service.url, operation])
        let deadline = ContinuousClock.now + .seconds(10)
        while try await watchers(service) == 0, ContinuousClock.now < deadline { try await Task.sleep(for: .milliseconds(20)) }
        #expect(try await watchers(service) == 1)
        client.kill(SIGKILL)
        let killed = ContinuousClock.now
        while try await watchers(service) > 0, ContinuousClock.now - killed < .seconds(5) { try await Task.sleep(for: .milliseconds(10)) }
        #expect(ContinuousClock.now - killed < .milliseconds(250))
        #expect(try await service.outcome(operation)["state"] == "succeeded")
    }

    @Test func `a browser follows a plan with its EventSource, and shows the explorer`() async throws {
        let service = try await ServiceUnderTest(modelArguments: ["--latency-ms", "400"])
        let operation = try await plan(service).operation
        let picture = try LocalParts.temporaryFolder() + "/explorer.png"
        let script = LocalParts.root + "/Tests/ServiceTests/Files/browser.py"
        let browser = try await LocalProcess(LocalParts.python("python"), [script, service.url, operation, picture])
        #expect(try await browser.wait(timeout: .seconds(60)) == 0, "\(browser.text)")
        let seen = try JSON(parsing: Array(browser.text.utf8))
        let states = seen["states"]?.arrayValue?.compactMap(\.stringValue) ?? []
        #expect(states.contains("RUNNING") && states.suffix(2) == ["SUCCEEDED", "complete"], "\(seen)")
        #expect(seen["schema"] == true && seen["complete"] == true && seen["answer"]?.stringValue?.contains("SUCCEEDED") == true, "\(seen)")
        #expect(seen["complaints"]?.arrayValue?.isEmpty == true, "\(seen)")
    }

    @Test func `what no client should send over a WebSocket is answered with its code`() async throws {
        let service = try await ServiceUnderTest()
        let script = LocalParts.root + "/Tests/ServiceTests/Files/websocket_cases.py"
        let client = try await LocalProcess(LocalParts.python("python"), [script, service.url])
        #expect(try await client.wait(timeout: .seconds(60)) == 0, "\(client.text)")
        let expected: JSON = [
            "foreign origin": [403, .null], "own origin": [101, .null], "another path": [404, .null], "old version": [426, .null],
            "kept alive": [307, .null], "another protocol": [200, .null], "no HTTP": [400, .null], "a POST": [400, .null],
            "unknown subprotocol": [101, 4406], "no subprotocol": [101, 4406], "no init": [101, 4408],
            "not UTF-8": [101, 1007], "binary": [101, 4400], "no JSON": [101, 4400], "unmasked": [101, 1002], "too large": [101, 1009],
            "too large in pieces": [101, 1009], "init twice": [101, 4429], "subscribe before init": [101, 4401], "in pieces": [101, 1000],
            "closed by the client": [101, 1000],
        ]
        let seen = try JSON(parsing: Array(client.text.utf8))
        for case let member in expected.objectValue ?? [:] {
            #expect(seen[member.key] == member.value, "\(member.key): \(seen[member.key]?.text ?? "nothing")")
        }
        // Nothing of it has hurt the service.
        #expect(try await service.call("GET", "/healthz").status == 200)
        #expect(try await watchers(service) == 0)
    }

    @Test func `bombs are refused within 50 ms over HTTP too`() async throws {
        let service = try await ServiceUnderTest()
        _ = try await graphQL(service, "{ __typename }")
        let bombs = [
            "{ brands { nodes { " + (0..<300).map { "a\($0): id " }.joined() + "} } }",
            "{ " + String(repeating: "a ", count: 3_000) + "}", String(repeating: "{ a ", count: 2_000),
            "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }",
            "{ ...F0 } " + (0..<40).map { "fragment F\($0) on Query { ...F\($0 + 1) a\($0): __typename ...F\($0 + 1) } " }.joined()
                + "fragment F40 on Query { __typename }",
            "{ brands { nodes { " + String(repeating: "id @include(if: true) ", count: 200) + "} } }",
            "{ brands(first: 200) { nodes { documents(first: 200) { nodes { chunks(first: 200) { nodes { text } } } } } } }",
        ]
        for bomb in bombs {
            let start = ContinuousClock.now
            let answer = try await graphQL(service, bomb)
            #expect(ContinuousClock.now - start < .milliseconds(50), "\(bomb.prefix(60))")
            #expect(answer["errors"] != nil && answer["data"] == nil, "\(bomb.prefix(60))")
        }
    }

    @Test func `a stop ends a hundred streams within two seconds`() async throws {
        let service = try await ServiceUnderTest(modelArguments: ["--latency-ms", "1000"])
        let operation = try await plan(service, posts: 3).operation
        let script = """
            import asyncio, base64, json, os, socket, struct, sys, threading, aiohttp
            address = sys.argv[1].split("//")[1].split(":")
            address = (address[0], int(address[1]))
            # Connections that say nothing, and a WebSocket that reads nothing.
            silent = [socket.create_connection(address) for _ in range(3)]
            deaf = socket.create_connection(address)
            deaf.sendall(b"GET /graphql HTTP/1.1\\r\\nHost: x\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\nSec-WebSocket-Version: 13\\r\\n"
                + b"Sec-WebSocket-Protocol: graphql-transport-ws\\r\\nSec-WebSocket-Key: " + base64.b64encode(os.urandom(16)) + b"\\r\\n\\r\\n")
            def flood():
                ping = b'{"type": "ping", "payload": {"a": "' + b"x" * 200000 + b'"}}'
                try:
                    for _ in range(40): deaf.sendall(struct.pack("!BBQ", 0x81, 0xFF, len(ping)) + bytes(4) + ping)
                except OSError: pass
            threading.Thread(target=flood, daemon=True).start()
            query = "subscription ($id: ID!) { operationUpdated(id: $id) { state } }"
            async def events(session, accept):
                body = {"query": query, "variables": {"id": sys.argv[2]}}
                async with session.post(sys.argv[1] + "/graphql", json=body, headers={"accept": accept}) as response:
                    return (await response.text())[-40:]
            async def socket(session):
                async with session.ws_connect(sys.argv[1].replace("http", "ws") + "/graphql", protocols=["graphql-transport-ws"]) as ws:
                    await ws.send_json({"type": "connection_init"})
                    await ws.receive()
                    for n in range(5):
                        await ws.send_json({"id": str(n), "type": "subscribe", "payload": {"query": query, "variables": {"id": sys.argv[2]}}})
                    async for message in ws: pass
                    return ws.close_code
            async def main():
                async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
                    tasks = [events(session, "text/event-stream") for _ in range(40)]
                    tasks += [events(session, "multipart/mixed") for _ in range(40)] + [socket(session) for _ in range(4)]
                    print(json.dumps(await asyncio.gather(*tasks)))
            asyncio.run(main())
            """
        let client = try await LocalProcess(LocalParts.python("python"), ["-c", script, service.url, operation])
        let deadline = ContinuousClock.now + .seconds(20)
        while try await watchers(service) < 100, ContinuousClock.now < deadline { try await Task.sleep(for: .milliseconds(20)) }
        #expect(try await watchers(service) == 100)
        service.service.kill(SIGTERM)
        let start = ContinuousClock.now
        #expect(try await service.service.wait(timeout: .seconds(20)) == 0)
        #expect(ContinuousClock.now - start < .seconds(2))
        #expect(try await client.wait(timeout: .seconds(10)) == 0)
        let ends = try JSON(parsing: Array(client.text.utf8)).arrayValue ?? []
        #expect(ends.prefix(40).allSatisfy { $0.stringValue?.hasSuffix("event: complete\ndata:\n\n") == true }, "\(ends.first ?? .null)")
        #expect(ends.dropFirst(40).prefix(40).allSatisfy { $0.stringValue?.hasSuffix("--graphql--\r\n") == true }, "\(ends[41])")
        #expect(ends.suffix(4).allSatisfy { $0 == 1001 }, "\(ends.suffix(4))")
        // The work was handed back, and another process ends it.
        try await service.restart()
        #expect(try await service.outcome(operation)["state"] == "succeeded")
    }

    @Test func `a subscription may come in a large body`() async throws {
        let service = try await ServiceUnderTest()
        try await service.makeBrand()
        let added = try await service.call("PUT", "/v1/brands/acme/documents/d", json: ["content": "The kettle boils."])
        let operation = added.json["operation"]?["id"]?.stringValue ?? ""
        _ = try await service.outcome(operation)
        let subscription: JSON = [
            "query": .string("subscription { operationUpdated(id: \"\(operation)\") { state } }"),
            "extensions": ["padding": .string(String(repeating: "x", count: 100_000))],
        ]
        for accept in ["text/event-stream", "multipart/mixed"] {
            let answer = try await service.call("POST", "/graphql", json: subscription, ["accept": accept])
            #expect(answer.status == 200 && answer.text.contains("SUCCEEDED"), "\(answer.text)")
        }
        #expect(try await service.call("GET", "/healthz").status == 200)
    }
}
