import Foundation
import JSON
import LocalParts
import Testing

@Suite(.serialized) struct `Raw HTTP` {
    @Test func `ambiguous requests, slow clients and bombs are refused, and the service goes on`() async throws {
        let service = try await ServiceUnderTest(environment: ["POSTWRIGHT_REQUEST_TIMEOUT": "2", "POSTWRIGHT_IDLE_TIMEOUT": "2"])
        try await service.makeBrand()
        let script = try String(contentsOfFile: "\(LocalParts.root)/Tests/ServiceTests/Files/raw_http.py", encoding: .utf8)
        let port = service.url.split(separator: ":").last.map(String.init) ?? ""
        let output = try await LocalParts.runPython(script, [port, "2"])
        let findings = output.split(separator: UInt8(ascii: "\n")).compactMap { try? JSON(parsing: Array($0)) }
        #expect(findings.count > 49)
        for finding in findings where finding["isWell"] != true {
            Issue.record("\(finding["name"]?.stringValue ?? ""): \(finding["detail"]?.stringValue ?? "")")
        }
        #expect(try await service.call("GET", "/v1/brands/acme").status == 200)
    }
}
