import Foundation
import JSON
import LocalParts
import Testing

@Suite struct `The console` {
    @Test func `takes a person from nothing to a finished week, in a real browser`() async throws {
        let service = try await ServiceUnderTest(
            modelArguments: ["--latency-ms", "150", "--jitter-ms", "120"], environment: ["POSTWRIGHT_AUTH": "keys"])
        func key(_ scopes: String) async throws -> String {
            let made = try await service.command(["keys", "create", "--workspace", "w", "--scopes", scopes])
            return String(made.text.split(separator: "\n").last ?? "")
        }
        let shots = LocalParts.root + "/.local/console"
        let run = try await LocalProcess(
            LocalParts.python("python"),
            [
                LocalParts.root + "/Tests/Console/console.py", service.url, service.models.controlURL,
                try await key("admin,write,generate"),
                try await key("read"), shots,
            ])
        let code = try await run.wait(timeout: .seconds(400))
        #expect(code == 0, "\(run.text.suffix(5_000))")
    }

    @Test func `is one document that lets nothing else run`() async throws {
        let service = try await ServiceUnderTest()
        let page = try await service.call("GET", "/")
        func header(_ name: String) -> String { page.headers.first { $0.name == name }?.value ?? "" }
        let policy = header("content-security-policy")
        #expect(page.status == 200 && header("content-type").hasPrefix("text/html"))
        #expect(policy.contains("default-src 'none'") && !policy.contains("unsafe"))
        for forbidden in ["src=\"http", "href=\"http", "@import", "<script src", "innerHTML", " onclick=", " style="] {
            #expect(!page.text.contains(forbidden), "\(forbidden)")
        }
        #expect(try await service.call("GET", "/", nil, ["if-none-match": header("etag")]).status == 304)
        let small = try await service.call("GET", "/", nil, ["accept-encoding": "br, gzip;q=0.8"])
        // libcurl has unpacked it.
        #expect(small.headers.contains { $0 == ("content-encoding", "gzip") } && small.bytes == page.bytes)
        let length = small.headers.first { $0.name == "content-length" }.flatMap { Int($0.value) } ?? .max
        #expect(length < page.bytes.count / 2)
        let refused = try await service.call("GET", "/", nil, ["accept-encoding": "gzip;q=0"])
        #expect(refused.bytes == page.bytes && !refused.headers.contains { $0.name == "content-encoding" })
        let head = try await service.call("HEAD", "/")
        #expect(head.status == 200 && head.bytes.isEmpty)
    }
}
