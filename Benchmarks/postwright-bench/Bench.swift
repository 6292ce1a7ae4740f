// The fan-out of model calls through Transfer, as one process that reports its own times.

import Foundation
import Transfer

@main
struct Bench {
    /// `postwright-bench URL CALLS ROUNDS`: prints the best wall time of a round in ms and CPU-seconds per 1,000 calls.
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 4, let calls = Int(arguments[2]), let rounds = Int(arguments[3]), rounds > 0 else {
            FileHandle.standardError.write(Data("usage: postwright-bench URL CALLS ROUNDS\n".utf8))
            exit(64)
        }
        let client = TransferClient()
        let body = Array("{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"Say hello.\"}]}".utf8)
        let request = TransferRequest(
            method: "POST", url: arguments[1], headers: [("content-type", "application/json")], body: .bytes(body))
        // The first round opens the connections and is not counted, for every peer alike.
        _ = try await round(client, request, calls: calls)
        let before = processorSeconds()
        var best = Duration.seconds(3600)
        for _ in 0..<rounds { best = min(best, try await round(client, request, calls: calls)) }
        let perThousand = (processorSeconds() - before) / Double(calls * rounds) * 1000
        print("\(best / .milliseconds(1)) \(perThousand)")
    }

    private static func round(_ client: TransferClient, _ request: TransferRequest, calls: Int) async throws -> Duration {
        let start = ContinuousClock.now
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<calls {
                group.addTask {
                    let response = try await client.send(request)
                    _ = try await response.body.collect()
                    return response.status
                }
            }
            for try await status in group where status != 200 { throw TransferError(.interrupted, detail: "status \(status)") }
        }
        return ContinuousClock.now - start
    }

    private static func processorSeconds() -> Double {
        var usage = rusage()
        getrusage(Int32(RUSAGE_SELF.rawValue), &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }
}
