import Foundation
import JSON
import Knowledge
import LocalParts
import Telemetry
import Testing
import Transfer

@testable import ModelClients

/// Plays `answers` of case N at `/N/…`, and tells at `/calls` how often each case was asked.
private let upstream = #"""
    import asyncio, json, sys
    cases = json.load(open(sys.argv[2]))
    calls = [0] * len(cases)
    async def serve(reader, writer):
        try:
            head = (await reader.readuntil(b'\r\n\r\n')).decode()
            length = next((int(l.split(':')[1]) for l in head.split('\r\n') if l.lower().startswith('content-length:')), 0)
            await reader.readexactly(length)
            part = head.split()[1].split('/')[1]
            if part == 'calls':
                body = json.dumps(calls).encode()
                writer.write(b'HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n' % len(body) + body)
            else:
                case = int(part)
                answer = cases[case][min(calls[case], len(cases[case]) - 1)]
                calls[case] += 1
                if answer is None:
                    await asyncio.sleep(30)
                else:
                    writer.write(answer.encode())
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError): pass
        finally: writer.close()
    async def main():
        running = await asyncio.start_server(serve, '127.0.0.1', int(sys.argv[1]), backlog=2048)
        print('ready', flush=True)
        await running.serve_forever()
    asyncio.run(main())
    """#

@Suite struct `Bad answers of an upstream` {
    private let request = ModelRequest(
        messages: [ModelMessage(.user, "Say something nice.")], schemaName: "s",
        schema: JSONSchema([
            "type": "object", "properties": ["text": ["type": "string"]], "required": ["text"], "additionalProperties": false,
        ]))

    @Test func `each has the outcome that it must have`() async throws {
        let corpus = BadAnswer.corpus
        #expect(corpus.count >= 60)
        let file = try LocalParts.temporaryFolder() + "/corpus.json"
        let answers = JSON.array(corpus.map { .array($0.answers.map { $0.map(JSON.string) ?? .null }) })
        try answers.text.write(toFile: file, atomically: true, encoding: .utf8)
        let port = Ports.free()
        let process = try await LocalProcess(LocalParts.python("python"), ["-c", upstream, "\(port)", file], readyLine: "ready")
        let client = TransferClient()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (number, bad) in corpus.enumerated() {
                let api = ChatAPI(transport: Self.transport(client, "http://127.0.0.1:\(port)/\(number)"), model: "m", fallbackModels: [])
                group.addTask {
                    let outcome: BadAnswer.Outcome
                    do {
                        let answer = try await api.answer(request)
                        #expect(request.schema.violations(in: answer.value).isEmpty, "\(bad)")
                        outcome = .value
                    } catch {
                        outcome = .failure(try #require(error as? ModelError).kind)
                    }
                    #expect(outcome == bad.outcome, "\(bad)")
                }
            }
            try await group.waitForAll()
        }
        let body = try await client.send(TransferRequest(url: "http://127.0.0.1:\(port)/calls")).body.collect()
        let calls = try JSON(parsing: body).arrayValue ?? []
        for (bad, calls) in zip(corpus, calls) { #expect(calls.integerValue == bad.calls, "\(bad)") }
        #expect(process.isRunning)
    }

    /// Of its own for each case, so that no case's failures open another one's breaker.
    private static func transport(_ client: TransferClient, _ baseURL: String) -> ModelTransport {
        var timeouts = TransferTimeouts()
        (timeouts.firstByte, timeouts.idle, timeouts.total) = (.seconds(2), .seconds(1), .seconds(20))
        return ModelTransport(
            client: client, endpoint: ModelEndpoint(baseURL: baseURL, apiKey: Secret(""), timeouts: timeouts, maximumConcurrency: 4),
            budget: SharedRetryBudget(), breakers: CircuitBreakers(),
            watch: ModelWatch(metrics: Metrics(), meter: UnmeteredUsage()))
    }
}
