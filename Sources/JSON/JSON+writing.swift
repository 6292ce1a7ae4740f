extension JSON {
    /// The value as compact UTF-8 JSON text.
    package var utf8Bytes: [UInt8] {
        var bytes: [UInt8] = []
        write(into: &bytes)
        return bytes
    }

    /// The value as compact JSON text.
    package var text: String { String(decoding: utf8Bytes, as: UTF8.self) }

    /// The value over several lines, two spaces a level.
    package var prettyText: String {
        var bytes: [UInt8] = []
        write(into: &bytes, indentation: 0)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends the value; a number that JSON cannot hold (infinity, NaN) becomes `null`.
    ///
    /// - Parameter indentation: the present level of a pretty-printed text, or nil for a compact one.
    package func write(into bytes: inout [UInt8], indentation: Int? = nil) {
        switch self {
        case .null: bytes.append(contentsOf: "null".utf8)
        case .bool(let value): bytes.append(contentsOf: (value ? "true" : "false").utf8)
        case .integer(let value): bytes.append(contentsOf: String(value).utf8)
        case .number(let value): bytes.append(contentsOf: (value.isFinite ? "\(value)" : "null").utf8)
        case .string(let value): Self.write(value, into: &bytes)
        case .array(let elements):
            Self.writeItems(elements, brackets: (UInt8(ascii: "["), UInt8(ascii: "]")), into: &bytes, indentation: indentation) {
                element, bytes, level in
                element.write(into: &bytes, indentation: level)
            }
        case .object(let object):
            Self.writeItems(object.members, brackets: (UInt8(ascii: "{"), UInt8(ascii: "}")), into: &bytes, indentation: indentation) {
                member, bytes, level in
                Self.write(member.key, into: &bytes)
                bytes.append(UInt8(ascii: ":"))
                if level != nil { bytes.append(UInt8(ascii: " ")) }
                member.value.write(into: &bytes, indentation: level)
            }
        }
    }

    private static func writeItems<Item>(
        _ items: [Item], brackets: (UInt8, UInt8), into bytes: inout [UInt8], indentation: Int?,
        writeItem: (Item, inout [UInt8], Int?) -> Void
    ) {
        bytes.append(brackets.0)
        let inner = indentation.map { $0 + 1 }
        for (index, item) in items.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            writeLineBreak(level: inner, into: &bytes)
            writeItem(item, &bytes, inner)
        }
        if !items.isEmpty { writeLineBreak(level: indentation, into: &bytes) }
        bytes.append(brackets.1)
    }

    private static func writeLineBreak(level: Int?, into bytes: inout [UInt8]) {
        guard let level else { return }
        bytes.append(UInt8(ascii: "\n"))
        bytes.append(contentsOf: repeatElement(0x20, count: level * 2))
    }

    /// Appends `text` as a JSON string with the escapes that RFC 8259 section 7 requires, no others.
    package static func write(_ text: String, into bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { utf8 in
            var start = 0
            // What needs no escape is appended a run at a time.
            for index in utf8.indices where needsEscape(utf8[index]) {
                bytes.append(contentsOf: utf8[start..<index])
                writeEscape(of: utf8[index], into: &bytes)
                start = index + 1
            }
            bytes.append(contentsOf: utf8[start...])
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func needsEscape(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    private static func writeEscape(of byte: UInt8, into bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case 0x0A: bytes.append(UInt8(ascii: "n"))
        case 0x0D: bytes.append(UInt8(ascii: "r"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        case ..<0x20:
            let digits = String(byte, radix: 16)
            bytes.append(contentsOf: ("u" + String(repeating: "0", count: 4 - digits.count) + digits).utf8)
        default: bytes.append(byte)
        }
    }
}
