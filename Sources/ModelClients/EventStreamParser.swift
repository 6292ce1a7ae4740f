/// Server-sent events out of bytes (HTML Standard, section 9.2.6), as a pure value: pieces go in, the data of
/// complete events comes out. Comments and other fields are passed over.
struct EventStreamParser: Sendable {
    /// The longest line that is kept; a longer one is a fault of the server's.
    static let lineLimit = 1 << 20

    private var line: [UInt8] = []
    private var data: [UInt8]?
    private var lastWasCR = false
    private(set) var isOverlong = false

    init() {}

    mutating func feed(_ bytes: [UInt8]) -> [[UInt8]] {
        var events: [[UInt8]] = []
        for byte in bytes {
            defer { lastWasCR = byte == UInt8(ascii: "\r") }
            switch byte {
            case UInt8(ascii: "\n") where lastWasCR: continue
            case UInt8(ascii: "\n"), UInt8(ascii: "\r"):
                if let event = endLine() { events.append(event) }
            default:
                if line.count < Self.lineLimit { line.append(byte) } else { isOverlong = true }
            }
        }
        return events
    }

    private mutating func endLine() -> [UInt8]? {
        defer { line.removeAll(keepingCapacity: true) }
        if line.isEmpty {
            defer { data = nil }
            return data
        }
        guard line.starts(with: Self.dataField) else { return nil }
        var value = line[Self.dataField.count...]
        if value.first == UInt8(ascii: " ") { value = value.dropFirst() }
        if data == nil { data = Array(value) } else { data! += [UInt8(ascii: "\n")] + value }
        return nil
    }

    private static let dataField = Array("data:".utf8)
}
