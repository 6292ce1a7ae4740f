// Telemetry: what operators watch. Metrics as Prometheus reads them, spans as OpenTelemetry collectors take them. It
// knows no word of the domain, and sends nothing itself.

import Synchronization

/// The metrics of a process: families by name, each with a value for every set of labels that was used.
package final class Metrics: Sendable {
    private struct Family: Sendable {
        let name: String
        let help: String
        let kind: String
        let render: @Sendable (inout String) -> Void
    }

    private let families = Mutex<[Family]>([])

    package init() {}

    /// What only grows; names end in `_total`.
    package func counter(_ name: String, _ help: String, labels: [String] = []) -> Counter {
        let cells = Cells(labels)
        register(name, help, "counter") { cells.render(name, into: &$0) }
        return Counter(cells: cells)
    }

    package func gauge(_ name: String, _ help: String, labels: [String] = []) -> Gauge {
        let cells = Cells(labels)
        register(name, help, "gauge") { cells.render(name, into: &$0) }
        return Gauge(cells: cells)
    }

    /// - Parameter buckets: upper bounds, ascending; one without a bound is added.
    package func histogram(
        _ name: String, _ help: String, labels: [String] = [], buckets: [Double] = Histogram.latencies
    ) -> Histogram {
        let histogram = Histogram(labels: labels, buckets: buckets)
        register(name, help, "histogram") { histogram.render(name, into: &$0) }
        return histogram
    }

    private func register(_ name: String, _ help: String, _ kind: String, _ render: @escaping @Sendable (inout String) -> Void) {
        families.withLock { $0.append(Family(name: name, help: help, kind: kind, render: render)) }
    }

    /// All of it in Prometheus's text format 0.0.4.
    ///
    /// Source: Prometheus documentation, "Exposition formats".
    package var text: String {
        families.withLock { $0 }.sorted { $0.name < $1.name }.reduce(into: "") { text, family in
            text += "# HELP \(family.name) \(family.help)\n# TYPE \(family.name) \(family.kind)\n"
            family.render(&text)
        }
    }

    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"
}

/// Something that is counted.
package struct Counter: Sendable {
    let cells: Cells

    /// - Parameter labels: the values of the family's labels, in their order.
    package func add(_ amount: Double = 1, _ labels: String...) { cells.add(amount, labels) }

    /// Takes over a sum that is counted elsewhere.
    package func catchUp(_ sum: Double, _ labels: String...) { cells.set(sum, labels) }
}

/// Something that goes up and down.
package struct Gauge: Sendable {
    let cells: Cells

    package func set(_ value: Double, _ labels: String...) { cells.set(value, labels) }
    package func add(_ amount: Double, _ labels: String...) { cells.add(amount, labels) }
}
