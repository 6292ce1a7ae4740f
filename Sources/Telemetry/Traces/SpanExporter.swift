import JSON
import Synchronization

/// Collects spans that have ended and sends them in batches; what cannot be kept or sent is dropped and counted.
package final class SpanExporter: Sendable {
    package struct Options: Sendable {
        package var batchSize = 512
        package var capacity = 4_096
        package var interval = Duration.seconds(2)

        package init() {}
    }

    private let pending = Mutex<[JSON]>([])
    private let options: Options
    private let resource: [(String, String)]
    private let send: @Sendable ([UInt8]) async throws -> Void
    private let dropped: Counter
    private let sent: Counter

    /// - Parameters:
    ///   - resource: what the process is, such as `service.name`.
    ///   - send: posts the bytes to the collector.
    package init(
        resource: [(String, String)], metrics: Metrics, options: Options = Options(),
        send: @escaping @Sendable ([UInt8]) async throws -> Void
    ) {
        self.resource = resource
        self.options = options
        self.send = send
        dropped = metrics.counter("postwright_spans_dropped_total", "Spans that were not taken by the collector, or too many.")
        sent = metrics.counter("postwright_spans_exported_total", "Spans that the collector took.")
    }

    func add(_ span: JSON) {
        let isFull = pending.withLock { pending in
            if pending.count < options.capacity { pending.append(span) } else { return true }
            return false
        }
        if isFull { dropped.add() }
    }

    /// Sends until the task is cancelled.
    package func run() async {
        while !Task.isCancelled {
            // Cancellation ends the sleep, and the loop sees it.
            try? await Task.sleep(for: options.interval)
            await flush()
        }
    }

    /// Sends what is there.
    package func flush() async {
        while true {
            let batch = pending.withLock { pending -> [JSON] in
                let batch = Array(pending.prefix(options.batchSize))
                pending.removeFirst(batch.count)
                return batch
            }
            guard !batch.isEmpty else { return }
            do {
                try await send(OTLP.request(batch, resource: resource).utf8Bytes)
                sent.add(Double(batch.count))
            } catch {
                // A collector that is away must not fill the memory: the metric tells.
                dropped.add(Double(batch.count))
            }
        }
    }
}
