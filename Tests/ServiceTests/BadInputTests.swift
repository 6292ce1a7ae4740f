import Foundation
import JSON
import LocalParts
import Testing

@Suite(.serialized) struct `Bad input` {
    private struct Case: Sendable {
        var method = "POST"
        var path: String
        var body: String
        var type: String? = "application/json"
        var status: Int
        var contains: String
    }

    private static let deep = String(repeating: "[", count: 100) + String(repeating: "]", count: 100)

    private static let cases: [Case] = [
        Case(method: "PUT", path: "/v1/brands/Bad_Id", body: "{\"name\":\"x\"}", status: 422, contains: "/brandId"),
        Case(method: "PUT", path: "/v1/brands/b", body: "{\"name\":", status: 400, contains: "malformedRequest"),
        Case(method: "PUT", path: "/v1/brands/b", body: "{\"name\":\"x\",\"metadata\":{\"a\":\(deep)}}", status: 400, contains: "deeper"),
        Case(method: "PUT", path: "/v1/brands/b", body: "{}", status: 422, contains: "\"/name\""),
        Case(method: "PUT", path: "/v1/brands/b", body: "{\"name\":5}", status: 422, contains: "must be a string"),
        Case(method: "PUT", path: "/v1/brands/b", body: "{\"name\":\"x\",\"extra\":1}", status: 422, contains: "\"/extra\""),
        Case(method: "PUT", path: "/v1/brands/b", body: "{\"name\":\"x\\u0000\"}", status: 400, contains: "NUL"),
        Case(
            method: "PUT", path: "/v1/brands/b", body: "{\"name\":\"x\",\"identity\":{\"values\":[1]}}", status: 422,
            contains: "/identity/values/0"),
        Case(method: "PUT", path: "/v1/brands/b", body: "[]", status: 422, contains: "must be an object"),
        Case(method: "PUT", path: "/v1/brands/b", body: "{\"name\":\"x\"}", type: "text/plain", status: 415, contains: "application/json"),
        Case(path: "/v1/brands/none/documents", body: "{\"content\":\"x\"}", status: 404, contains: "brand"),
        Case(path: "/v1/brands/acme/documents", body: "{\"content\":\"\"}", status: 422, contains: "/content"),
        Case(path: "/v1/brands/acme/documents", body: "{\"content\":\"x\",\"kind\":\"poem\"}", status: 422, contains: "brandVoice"),
        Case(path: "/v1/brands/acme/documents", body: "{\"content\":\"{\",\"format\":\"json\"}", status: 422, contains: "not valid JSON"),
        Case(path: "/v1/brands/acme/documents", body: "x", type: "application/msword", status: 415, contains: "text/markdown"),
        Case(path: "/v1/brands/acme/documents", body: "%PDF", type: "application/pdf", status: 422, contains: "damaged"),
        Case(path: "/v1/brands/acme/documents", body: "x", type: nil, status: 415, contains: "text/markdown"),
        Case(path: "/v1/brands/acme/documents", body: "x", type: "text/plain; charset=\"ISO-8859-1\"", status: 415, contains: "iso-8859-1"),
        Case(path: "/v1/brands/acme/documents?color=1", body: "x", type: "text/plain", status: 422, contains: "/color"),
        Case(path: "/v1/brands/acme/documents", body: "a\u{0}b", type: "text/plain", status: 422, contains: "NUL"),
        Case(path: "/v1/brands/acme/documents", body: "x", type: "multipart/form-data", status: 400, contains: "boundary"),
        Case(
            path: "/v1/brands/acme/documents", body: "--b\r\nbroken", type: "multipart/form-data; boundary=b", status: 400, contains: "form"
        ),
        Case(
            path: "/v1/brands/acme/documents", body: String(repeating: "x", count: 5 << 20), type: "text/plain", status: 413,
            contains: "tooLarge"),
        Case(
            path: "/v1/brands/acme/documents", body: "{\"content\":\"\(String(repeating: "x", count: 5 << 20))\"}", status: 413,
            contains: "tooLarge"),
        Case(
            path: "/v1/brands/acme/documents",
            body: "{\"content\":\"x\",\"metadata\":{\"a\":\"\(String(repeating: "x", count: 70_000))\"}}",
            status: 422, contains: "\"/metadata\""),
        Case(
            path: "/v1/brands/acme/documents", body: String(repeating: "a", count: 2_000) + "\n" + String(repeating: "x\n", count: 100_000),
            type: "text/csv", status: 422, contains: "columns' names"),
        Case(
            path: "/v1/brands/acme/documents", body: (0..<21_000).map { "# \($0)\n\nb\n" }.joined(), type: "text/markdown", status: 422,
            contains: "21000 parts"),
        Case(path: "/v1/brands/acme/search", body: "{\"query\":\"x\",\"limit\":0}", status: 422, contains: "/limit"),
        Case(
            path: "/v1/brands/acme/search", body: "{\"query\":\"x\",\"filter\":{\"$where\":\"1\"}}", status: 422, contains: "/filter/$where"
        ),
        Case(
            path: "/v1/brands/acme/search", body: "{\"query\":\"x\",\"filter\":{\"metadata.a\":{\"$ne\":1}}}", status: 422,
            contains: "operator"),
        Case(path: "/v1/brands/acme/plans", body: "{\"posts\":0}", status: 422, contains: "/posts"),
        Case(
            path: "/v1/brands/acme/plans", body: "{\"posts\":1,\"channels\":[{\"platform\":\"myspace\"}]}", status: 422,
            contains: "/channels/0/platform"),
        Case(
            path: "/v1/brands/acme/plans", body: "{\"posts\":1,\"channels\":[{\"platform\":\"linkedin\",\"contentTypes\":[\"reel\"]}]}",
            status: 422, contains: "/channels/0/contentTypes/0"),
        Case(path: "/v1/brands/acme/plans", body: "{\"posts\":1,\"timeZone\":\"Mars/North\"}", status: 422, contains: "/timeZone"),
        Case(
            path: "/v1/brands/acme/plans", body: "{\"posts\":1,\"period\":{\"start\":\"2026-02-30\"}}", status: 422,
            contains: "/period/start"),
        Case(
            path: "/v1/brands/acme/plans",
            body: "{\"posts\":1,\"channels\":[{\"platform\":\"linkedin\",\"share\":0.5},{\"platform\":\"instagram\",\"share\":0.2}]}",
            status: 422,
            contains: "sum to 1"),
        Case(
            path: "/v1/brands/acme/posts", body: "{\"platform\":\"linkedin\",\"contentType\":\"story\",\"brief\":\"x\"}", status: 422,
            contains: "/contentType"),
        Case(path: "/v1/brands/acme/media", body: "no picture", type: "image/png", status: 422, contains: "image/png"),
        Case(method: "GET", path: "/v1/brands?limit=0", body: "", status: 422, contains: "/limit"),
        Case(method: "GET", path: "/v1/plans/none", body: "", status: 404, contains: "plan"),
        Case(method: "GET", path: "/v1/operations/a%2Fb", body: "", status: 404, contains: "notFound"),
        Case(method: "PATCH", path: "/v1/brands", body: "", status: 405, contains: "GET"),
    ]

    @Test func `is answered with what is wrong, and nothing is stored`() async throws {
        let service = try await ServiceUnderTest()
        try await service.makeBrand()
        for entry in Self.cases {
            let headers = entry.type.map { ["content-type": $0] } ?? ["content-type": ""]
            let body = entry.method == "GET" ? nil : Array(entry.body.utf8)
            let answer = try await service.call(entry.method, entry.path, body, headers)
            #expect(answer.status == entry.status, "\(entry.path) \(entry.body.prefix(80)): \(answer.text)")
            #expect(answer.text.contains(entry.contains), "\(entry.path) \(entry.body.prefix(80)): \(answer.text)")
            #expect(answer.headers.contains { $0.name == "content-type" && $0.value == "application/problem+json" }, "\(entry.path)")
        }
        let brands = try await service.call("GET", "/v1/brands").json
        #expect(brands["items"]?.arrayValue?.count == 1)
        #expect(try await service.call("GET", "/v1/brands/acme/documents").json["items"] == [])
        #expect(try await service.call("GET", "/v1/operations").json["items"] == [])
    }

    @Test func `stops the start with a sentence that names the setting`() async throws {
        for (name, value) in [
            ("LLM_TIMEOUT", "soon"), ("POSTWRIGHT_PROT", "1"), ("POSTWRIGHT_HOST", "0.0.0.0"), ("EMBEDDINGS_BASE_URL", "x"),
        ] {
            let process = try await LocalProcess(LocalParts.product("postwright"), ["doctor"], environment: [name: value])
            #expect(try await process.wait() == 78)
            #expect(process.text.contains(name))
        }
    }
}
