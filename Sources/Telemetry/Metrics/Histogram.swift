import Synchronization

/// How often values lie below some bounds.
package final class Histogram: Sendable {
    /// Bounds for requests and calls, in seconds.
    package static let latencies = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 180]

    private struct Cell {
        var counts: [Int]
        var sum = 0.0
        var count = 0

        mutating func add(_ value: Double, _ bucket: Int?) {
            if let bucket { counts[bucket] += 1 }
            sum += value
            count += 1
        }
    }

    private let labels: [String]
    private let buckets: [Double]
    private let cells: Mutex<[[String]: Cell]>

    init(labels: [String], buckets: [Double]) {
        self.labels = labels
        self.buckets = buckets
        cells = Mutex(labels.isEmpty ? [[]: Cell(counts: buckets.map { _ in 0 })] : [:])
    }

    /// - Parameter labels: the values of the family's labels, in their order.
    package func observe(_ value: Double, _ labels: String...) { observe(value, key: labels) }

    /// In seconds.
    package func observe(_ duration: Duration, _ labels: String...) { observe(duration / .seconds(1), key: labels) }

    private func observe(_ value: Double, key labels: [String]) {
        let bucket = buckets.firstIndex { value <= $0 }
        cells.withLock { cells in
            let key = Cells.admitted(labels, in: cells)
            cells[key, default: Cell(counts: buckets.map { _ in 0 })].add(value, bucket)
        }
    }

    func render(_ name: String, into text: inout String) {
        for (key, cell) in cells.withLock({ $0 }).sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            var below = 0
            for (bound, count) in zip(buckets, cell.counts) {
                below += count
                text += "\(name)_bucket\(Labels.text(labels, key, bound: Labels.number(bound))) \(below)\n"
            }
            text += "\(name)_bucket\(Labels.text(labels, key, bound: "+Inf")) \(cell.count)\n"
            text += "\(name)_sum\(Labels.text(labels, key)) \(cell.sum)\n"
            text += "\(name)_count\(Labels.text(labels, key)) \(cell.count)\n"
        }
    }
}
