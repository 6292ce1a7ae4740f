import Synchronization

/// The values of a family by their labels' values.
final class Cells: Sendable {
    /// Beyond so many sets of labels, new ones are counted together: what clients send must not fill the memory.
    static let capacity = 2_000

    private let labels: [String]
    private let values: Mutex<[[String]: Double]>

    /// A family without labels shows its zero from the start.
    init(_ labels: [String]) {
        self.labels = labels
        values = Mutex(labels.isEmpty ? [[]: 0] : [:])
    }

    func add(_ amount: Double, _ key: [String]) {
        values.withLock { values in values[Self.admitted(key, in: values), default: 0] += amount }
    }

    func set(_ value: Double, _ key: [String]) {
        values.withLock { values in values[Self.admitted(key, in: values)] = value }
    }

    static func admitted<Value>(_ key: [String], in values: [[String]: Value]) -> [String] {
        values.count < capacity || values[key] != nil ? key : key.map { _ in "other" }
    }

    func render(_ name: String, into text: inout String) {
        for (key, value) in values.withLock({ $0 }).sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            text += "\(name)\(Labels.text(labels, key)) \(Labels.number(value))\n"
        }
    }
}

/// Labels and numbers in the text format.
enum Labels {
    static func text(_ names: [String], _ values: [String], bound: String? = nil) -> String {
        var pairs = zip(names, values).map { "\($0)=\"\(escaped($1))\"" }
        if let bound { pairs.append("le=\"\(bound)\"") }
        return pairs.isEmpty ? "" : "{" + pairs.joined(separator: ",") + "}"
    }

    private static func escaped(_ value: String) -> String {
        guard value.utf8.contains(where: { $0 == 0x22 || $0 == 0x5C || $0 == 0x0A }) else { return value }
        return value.reduce(into: "") { text, character in
            switch character {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            default: text.append(character)
            }
        }
    }

    /// Whole numbers without a point.
    static func number(_ value: Double) -> String {
        value.magnitude < 1e15 && value == value.rounded() ? String(Int(value)) : "\(value)"
    }
}
