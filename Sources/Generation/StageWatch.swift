import Knowledge
package import Telemetry
import Tracing

/// Counts and traces the steps of the pipelines, by the stage that they belong to.
package struct StageWatch: Sendable {
    private let durations: Histogram
    private let steps: Counter

    package init(metrics: Metrics) {
        durations = metrics.histogram("postwright_stage_duration_seconds", "Time of a pipeline's steps.", labels: ["stage"])
        steps = metrics.counter("postwright_stage_steps_total", "Steps of the pipelines, by outcome.", labels: ["stage", "outcome"])
    }

    /// - Parameter name: of the step, such as `pillars` or `slot-3/draft`; its last part is the stage.
    func step<Answer>(_ name: String, _ work: () async throws -> Answer) async throws -> Answer {
        let stage = name.split(separator: "/").last.map { String($0.prefix { $0.isLetter }) } ?? name
        let start = ContinuousClock.now
        defer { durations.observe(start.duration(to: .now), stage) }
        return try await WorkContext.$current.withValue(.with { $0.stage = stage }) {
            try await withSpan("stage \(stage)") { span in
                span.attributes["postwright.step"] = name
                do {
                    let answer = try await work()
                    steps.add(1, stage, "ok")
                    return answer
                } catch {
                    steps.add(1, stage, error is CancellationError ? "cancelled" : "failed")
                    throw error
                }
            }
        }
    }
}
