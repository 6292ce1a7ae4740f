import Foundation
import Knowledge
import Logging
import ServiceLifecycle
import Telemetry
import Tracing
import Transfer

/// Where spans go: `OTEL_EXPORTER_OTLP_ENDPOINT` and its companions, as OpenTelemetry names them.
struct TraceSettings: Sendable {
    /// The collector's base URL; spans are posted to `/v1/traces` below it.
    var endpoint: String
    var headers: [(name: String, value: Secret)]
    var serviceName: String
    /// Of the traces that begin here.
    var sampling: Double
}

/// Sends spans to a collector for as long as the process lives.
struct TraceExport: Service {
    private let exporter: SpanExporter

    init(_ settings: TraceSettings, transfers: TransferClient, metrics: Metrics) {
        let base = settings.endpoint.hasSuffix("/") ? String(settings.endpoint.dropLast()) : settings.endpoint
        let headers = [(name: "content-type", value: "application/json")] + settings.headers.map { ($0.name, $0.value.reveal()) }
        let resource = [
            ("service.name", settings.serviceName), ("service.version", Version.text), ("process.pid", "\(getpid())"),
        ]
        exporter = SpanExporter(resource: resource, metrics: metrics) { bytes in
            var timeouts = TransferTimeouts()
            timeouts.total = .seconds(10)
            let request = TransferRequest(
                method: "POST", url: base + "/v1/traces", headers: headers, body: .bytes(bytes), timeouts: timeouts,
                maximumResponseBytes: 64 * 1024)
            let response = try await transfers.send(request)
            _ = try await response.body.collect()
            guard (200..<300).contains(response.status) else { throw Refused() }
        }
        InstrumentationSystem.bootstrap(SpanTracer(exporter: exporter, sampling: settings.sampling))
    }

    private struct Refused: Error {}

    func run() async throws {
        await cancelWhenGracefulShutdown { await exporter.run() }
        // The last spans, if the collector takes them soon.
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await exporter.flush() }
            // Cancellation ends the sleep.
            group.addTask { try? await Task.sleep(for: .seconds(1)) }
            await group.next()
            group.cancelAll()
        }
    }
}
