import Operations
import Telemetry
import VectorIndex

/// What an operator can see of this process: what is counted as it happens, and what is read when somebody asks.
struct ServiceMetrics: Sendable {
    let metrics: Metrics
    let index: SegmentIndex
    let audit: IndexAudit
    let hub: OperationHub
    private let gauges: Gauges
    private let process: ProcessMetrics

    private struct Gauges: Sendable {
        let watchers, brands, chunks, bytes, compared, differing, auditAge: Gauge
        let audits, differences, corrections: Counter

        init(_ metrics: Metrics) {
            watchers = metrics.gauge("postwright_operation_watchers", "Streams that watch an operation.")
            brands = metrics.gauge("postwright_index_brands", "Brands in memory.")
            chunks = metrics.gauge("postwright_index_chunks", "Chunks in memory.")
            bytes = metrics.gauge("postwright_index_bytes", "Memory that they hold, about.")
            audits = metrics.counter("postwright_index_audits_total", "Comparisons of all brands in memory with the database.")
            differences = metrics.counter(
                "postwright_index_audits_with_differences_total", "Comparisons that found a difference that stayed.")
            corrections = metrics.counter("postwright_index_corrections_total", "Documents that a comparison put right.")
            compared = metrics.gauge("postwright_index_compared_brands", "Brands that the last comparison was of.")
            differing = metrics.gauge(
                "postwright_index_differing_brands", "Brands whose checksum was not the database's after the last comparison.")
            auditAge = metrics.gauge(
                "postwright_index_audit_age_seconds", "Since the last comparison ended; -1 before the first.")
        }
    }

    init(metrics: Metrics, index: SegmentIndex, audit: IndexAudit, hub: OperationHub) {
        self.metrics = metrics
        self.index = index
        self.audit = audit
        self.hub = hub
        gauges = Gauges(metrics)
        process = ProcessMetrics(metrics)
    }

    func page() async -> String {
        let (size, report) = (await index.size, await audit.report)
        gauges.watchers.set(Double(await hub.watcherCount))
        gauges.brands.set(Double(size.brands))
        gauges.chunks.set(Double(size.rows))
        gauges.bytes.set(Double(size.bytes))
        gauges.audits.catchUp(Double(report.audits))
        gauges.differences.catchUp(Double(report.auditsWithDifferences))
        gauges.corrections.catchUp(Double(report.corrections))
        gauges.compared.set(Double(report.brands))
        gauges.differing.set(Double(report.differingBrands))
        gauges.auditAge.set(report.finishedAt.map { ($0.duration(to: .now) / .seconds(1)).rounded() } ?? -1)
        process.read()
        return metrics.text
    }
}
