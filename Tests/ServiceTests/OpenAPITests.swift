import Foundation
import JSON
import LocalParts
import Testing

@Suite struct `The OpenAPI document` {
    @Test func `is what schemathesis finds the service to do`() async throws {
        let folder = LocalParts.root + "/Tests/OpenAPI"
        let binaries = URL(filePath: LocalParts.product("postwright")).deletingLastPathComponent().path()
        let run = try await LocalProcess(
            LocalParts.python("python"),
            [folder + "/run.py", "--binaries", binaries, "--root", LocalParts.root, "--quick", "--at-least", "300"])
        let code = try await run.wait(timeout: .seconds(300))
        #expect(code == 0, "\(run.text.suffix(6_000))")
    }
}
