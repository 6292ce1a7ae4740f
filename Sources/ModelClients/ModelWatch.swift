package import Knowledge
package import Telemetry
import Tracing

/// Watches the calls to models' APIs: counts, traces and charges them.
package struct ModelWatch: Sendable {
    /// What is asked of a model, by the names of OpenTelemetry's conventions for generative AI.
    enum Kind: String, Sendable {
        case chat, embeddings
        case image = "image_generation"
    }

    private let meter: any UsageMeter
    private let calls: Counter
    private let durations: Histogram
    private let inFlight: Gauge
    private let tokens: Counter
    let attempts: Counter
    let retries: Counter

    package init(metrics: Metrics, meter: any UsageMeter) {
        self.meter = meter
        calls = metrics.counter(
            "postwright_model_calls_total", "Calls to models, retries within them, by outcome: ok, or why they failed.",
            labels: ["kind", "model", "outcome"])
        durations = metrics.histogram(
            "postwright_model_call_duration_seconds", "Time of calls to models, with waiting and retries.", labels: ["kind", "model"])
        inFlight = metrics.gauge("postwright_model_calls_in_flight", "Calls to models under way or waiting.", labels: ["kind"])
        tokens = metrics.counter("postwright_model_tokens_total", "Tokens that models billed.", labels: ["model", "direction"])
        attempts = metrics.counter(
            "postwright_model_attempts_total", "Requests to models' APIs by outcome.", labels: ["api", "outcome"])
        retries = metrics.counter("postwright_model_retries_total", "Requests to models' APIs that were sent again.", labels: ["api"])
    }

    /// - Parameter body: makes the call, and tells what it is billed with as soon as that is known.
    /// - Throws: `BudgetExceeded` before anything is sent, and what `body` throws.
    func call<Answer>(
        _ kind: Kind, model: String, host: String, _ body: (Bill) async throws -> Answer
    ) async throws -> Answer {
        do {
            try await meter.admit(model: model)
        } catch {
            calls.add(1, kind.rawValue, model, error is BudgetExceeded ? "budgetExceeded" : "internal")
            throw error
        }
        // There before the first: Prometheus sees no increase where a series begins.
        calls.add(0, kind.rawValue, model, ModelError.Kind.unauthorized.rawValue)
        let start = ContinuousClock.now
        inFlight.add(1, kind.rawValue)
        defer {
            inFlight.add(-1, kind.rawValue)
            durations.observe(start.duration(to: .now), kind.rawValue, model)
        }
        return try await withSpan("\(kind.rawValue) \(model)", ofKind: .client) { span in
            span.attributes["gen_ai.operation.name"] = kind.rawValue
            // The format of the API; whose it is, the address tells.
            span.attributes["gen_ai.provider.name"] = "openai"
            span.attributes["gen_ai.request.model"] = model
            span.attributes["server.address"] = host
            span.attributes["postwright.stage"] = WorkContext.current.stage
            let bill = Bill { usage, answering in
                meter.record(usage, model: model)
                if usage.inputTokens > 0 { tokens.add(Double(usage.inputTokens), model, "input") }
                if usage.outputTokens > 0 { tokens.add(Double(usage.outputTokens), model, "output") }
                if usage.embeddingTokens > 0 { tokens.add(Double(usage.embeddingTokens), model, "embedding") }
                span.attributes["gen_ai.usage.input_tokens"] = Int64(usage.inputTokens + usage.embeddingTokens)
                span.attributes["gen_ai.usage.output_tokens"] = Int64(usage.outputTokens)
                if !answering.isEmpty { span.attributes["gen_ai.response.model"] = answering }
            }
            do {
                let answer = try await body(bill)
                calls.add(1, kind.rawValue, model, "ok")
                return answer
            } catch {
                let outcome = Self.outcome(of: error)
                calls.add(1, kind.rawValue, model, outcome)
                span.attributes["error.type"] = outcome
                throw error
            }
        }
    }

    static func outcome(of error: any Error) -> String {
        switch error {
        case let error as ModelError: error.kind.rawValue
        case is CancellationError: "cancelled"
        default: "internal"
        }
    }
}

/// Where a call tells what it is billed with, and which model answered.
struct Bill: Sendable {
    let charge: @Sendable (Usage, String) -> Void

    func callAsFunction(_ usage: Usage, answeredBy model: String = "") { charge(usage, model) }
}
