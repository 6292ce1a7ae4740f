// The `modelsim` executable: an OpenAI-compatible simulator of language, embedding and image models for the demo,
// the tests and the benchmarks. It knows nothing of the service that calls it.

import ArgumentParser

@main
struct ModelSim: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "modelsim",
        abstract: "An OpenAI-compatible model simulator with scripted latency and faults.",
        discussion: """
            Serves POST /v1/chat/completions (JSON Schema, streaming), /v1/embeddings, /v1/images/generations and \
            GET /v1/models. Answers are made of the prompt's own sentences: text inside <passage id="P1">…</passage> is \
            quoted word for word wherever the schema has an enum with "P1". Equal requests are answered equally.

            GET and DELETE /_sim/requests show and clear the calls that came (?limit=N, the newest 200 by default).
            PUT and DELETE /_sim/faults set and clear the faults while it runs. They are JSON, as in --faults FILE:

              {"faults": [{
                "match": {"path": "/v1/embeddings", "model": "m", "contains": "text"},
                "skip": 3, "times": 1,
                "action": {"type": "status", "status": 429,
                           "headers": {"retry-after": "2"}}
              }]}

            Every key of match is optional. The first skip (0) calls that match pass, the next times (1, -1 for ever) \
            fail; or a probability from 0 to 1 instead. The first fault that takes a call decides. Actions:
              status         status, body, headers
              delay          answers ms milliseconds later
              hang           never answers (10 minutes at most)
              close          closes the connection without an answer
              truncate       sends half of the body and closes the connection
              badJSON        200 with content that is no JSON
              length         cut content, finish_reason length
              contentFilter  no content, finish_reason content_filter
              refusal        message.refusal instead of content
              streamError    an error chunk after some tokens; without stream an error object
              noDone         a stream that ends without [DONE]
              comments       a stream of comments alone for ms milliseconds, then as usual
            """)

    @Option(help: "The port to listen on; 0 picks a free one.")
    var port: Int

    @Option(help: "The address to listen on.")
    var host = "127.0.0.1"

    @Option(help: ArgumentHelp("Milliseconds before an answer, or before the first token of a stream.", valueName: "L"))
    var latencyMs = 0.0

    @Option(help: ArgumentHelp("How many milliseconds the latency varies, evenly, to either side.", valueName: "J"))
    var jitterMs = 0.0

    @Option(help: ArgumentHelp("A JSON file with the faults to start with.", valueName: "file"))
    var faults: String?

    @Option(help: ArgumentHelp("The length of embeddings for requests that ask for none.", valueName: "n"))
    var dimensions = 384

    @Option(help: "Changes what chat answers say and how the faults' dice fall.")
    var seed: UInt64 = 0

    func validate() throws {
        guard (0...65_535).contains(port) else { throw ValidationError("--port must be from 0 to 65535.") }
        guard (0...600_000).contains(latencyMs), (0...600_000).contains(jitterMs) else {
            throw ValidationError("--latency-ms and --jitter-ms must be from 0 to 600000.")
        }
        guard (1...8192).contains(dimensions) else { throw ValidationError("--dimensions must be from 1 to 8192.") }
    }

    func run() async throws {
        let plan = try faultPlan()
        Platform.raiseOpenFileLimit()
        Platform.exitOnTerminationSignals()
        let latency = Latency(base: .milliseconds(latencyMs), jitter: .milliseconds(jitterMs))
        let responder = SimulatorResponder(
            models: SimulatedModels(dimensions: dimensions, seed: seed, latency: latency.base),
            latency: latency, faults: FaultSwitch(plan))
        do {
            try await SimulatorServer(host: host, port: port, responder: responder).run { port in
                Platform.announce("modelsim listening on http://\(host):\(port)")
            }
        } catch {
            Platform.complain("modelsim: can't listen on \(host):\(port): \(error)")
            throw ExitCode.failure
        }
    }

    private func faultPlan() throws -> FaultPlan {
        guard let faults else { return FaultPlan(seed: seed) }
        guard let bytes = Platform.contents(ofFile: faults) else { throw ValidationError("\(faults) can't be read.") }
        do { return try FaultPlan(parsing: bytes, seed: seed) } catch {
            throw ValidationError("\(faults): \(error.description)")
        }
    }
}
