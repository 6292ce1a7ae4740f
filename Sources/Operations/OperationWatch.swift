package import Knowledge
package import Telemetry
import Tracing

/// Counts and traces operations.
package struct OperationWatch: Sendable {
    let lostLeases: Counter
    let retries: Counter
    private let running: Gauge
    private let ended: Counter
    private let durations: Histogram
    private let delays: Histogram

    package init(metrics: Metrics) {
        running = metrics.gauge("postwright_operations_running", "Operations that this process works on.", labels: ["kind"])
        ended = metrics.counter("postwright_operations_total", "Operations that ended here, by state.", labels: ["kind", "state", "code"])
        durations = metrics.histogram(
            "postwright_operation_duration_seconds", "From an operation's acceptance to its end.", labels: ["kind"])
        delays = metrics.histogram(
            "postwright_operation_wait_seconds", "From an operation's acceptance to its first worker.", labels: ["kind"])
        retries = metrics.counter("postwright_operation_retries_total", "Operations that are tried again after a pause.", labels: ["kind"])
        lostLeases = metrics.counter("postwright_operation_leases_lost_total", "Operations that another worker took away.")
        // There before the first: Prometheus sees no increase where a series begins.
        for kind in Operation.Kind.allCases {
            ended.add(0, kind.rawValue, Operation.State.failed.rawValue, Operation.Failure.attemptsExhausted)
        }
    }

    /// What work on the operation is done for.
    package static func context(of operation: Operation) -> WorkContext {
        var context = WorkContext()
        context.workspace = operation.brand.workspace
        context.brand = operation.brand.brand
        context.operationID = operation.id
        context.traceparent = operation.traceparent
        context.isReserved = operation.reservation != nil
        return context
    }

    /// Runs the work in its context, as a span of the trace that it was accepted in.
    func run<Answer>(_ operation: Operation, _ work: () async throws -> Answer) async throws -> Answer {
        let kind = operation.kind.rawValue
        if operation.attempts <= 1 { delays.observe(operation.age, kind) }
        running.add(1, kind)
        defer { running.add(-1, kind) }
        var trace = ServiceContext.topLevel
        operation.traceparent.flatMap { TraceContext(traceparent: $0) }?.put(into: &trace)
        return try await WorkContext.$current.withValue(Self.context(of: operation)) {
            try await withSpan("operation \(kind)", context: trace, ofKind: .consumer) { span in
                span.attributes["postwright.operation.id"] = operation.id
                span.attributes["postwright.operation.attempt"] = Int64(operation.attempts)
                span.attributes["postwright.workspace"] = operation.brand.workspace
                return try await work()
            }
        }
    }

    func noteEnd(of operation: Operation) {
        ended.add(1, operation.kind.rawValue, operation.state.rawValue, operation.error?.code ?? "")
        durations.observe(operation.age, operation.kind.rawValue)
    }
}
