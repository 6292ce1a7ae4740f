import JSON
import LocalParts

/// A server that takes webhooks and spans, and tells what came.
struct Receiver: Sendable {
    let process: LocalProcess
    let port: Int

    init() async throws {
        port = Ports.free()
        process = try await LocalProcess(
            LocalParts.python("python"), ["\(LocalParts.root)/Tests/ServiceTests/Files/receiver.py", "\(port)"], port: port)
    }

    var url: String { "http://127.0.0.1:\(port)" }

    /// What came on the path, once there are `count`, or what there is after a while.
    func received(_ service: ServiceUnderTest, _ path: String, count: Int = 1, within limit: Duration = .seconds(20)) async throws -> [JSON]
    {
        let deadline = ContinuousClock.now + limit
        while true {
            let all = try await service.call("GET", url).json["items"]?.arrayValue ?? []
            let found = all.filter { $0["path"]?.stringValue == path }
            if found.count >= count || ContinuousClock.now > deadline { return found }
            try await Task.sleep(for: .milliseconds(50))
        }
    }
}
