/// A page in Prometheus's text format 0.0.4.
///
/// Source: Prometheus documentation, "Exposition formats".
package struct MetricsPage: Sendable {
    package enum Kind: String, Sendable { case counter, gauge }

    package private(set) var text = ""

    package init() {}

    /// Adds a metric with one value.
    package mutating func add(_ name: String, _ kind: Kind, _ help: String, _ value: Int) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n\(name) \(value)\n"
    }

    static let contentType = "text/plain; version=0.0.4; charset=utf-8"
}
