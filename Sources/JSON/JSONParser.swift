/// Why bytes are not acceptable JSON, with the byte offset at which reading stopped.
package struct JSONSyntaxError: Error, Hashable, CustomStringConvertible {
    package enum Reason: Sendable, Hashable {
        case unexpectedEnd
        case unexpectedByte(expected: String)
        case invalidUTF8
        case controlCharacter
        case nulCharacter
        case invalidEscape
        case unpairedSurrogate
        case invalidNumber
        case numberOutOfRange
        case duplicateKey(String)
        case tooDeep(limit: Int)
        case trailingBytes
    }

    package var reason: Reason
    package var offset: Int

    package var description: String {
        let what =
            switch reason {
            case .unexpectedEnd: "unexpected end of input"
            case .unexpectedByte(let expected): "expected \(expected)"
            case .invalidUTF8: "invalid UTF-8"
            case .controlCharacter: "unescaped control character in a string"
            case .nulCharacter: "NUL character in a string"
            case .invalidEscape: "invalid escape sequence"
            case .unpairedSurrogate: "unpaired UTF-16 surrogate in an escape"
            case .invalidNumber: "malformed number"
            case .numberOutOfRange: "number out of range"
            case .duplicateKey(let key): "duplicate member name \"\(key.prefix(64))\""
            case .tooDeep(let limit): "nested deeper than \(limit) levels"
            case .trailingBytes: "unexpected bytes after the value"
            }
        return "\(what) at byte \(offset)"
    }
}

extension JSON {
    /// Parses one value that must fill the whole input.
    ///
    /// - Parameters:
    ///   - maximumDepth: how deep arrays and objects may nest.
    ///   - allowsNUL: whether `\u0000` may stand in a string; the database's C driver and most
    ///     consumers cut a string there, so input from outside must not have it.
    /// - Throws: `JSONSyntaxError`.
    package init(parsing bytes: some Sequence<UInt8>, maximumDepth: Int = 64, allowsNUL: Bool = false)
        throws(JSONSyntaxError)
    {
        let contiguous = bytes as? [UInt8] ?? Array(bytes)
        let result: Result<JSON, JSONSyntaxError> = contiguous.withUnsafeBufferPointer { buffer in
            var parser = JSONParser(bytes: buffer, maximumDepth: maximumDepth, allowsNUL: allowsNUL)
            return Result { () throws(JSONSyntaxError) in try parser.document() }
        }
        self = try result.get()
    }

    package init(parsing text: String, maximumDepth: Int = 64, allowsNUL: Bool = false) throws(JSONSyntaxError) {
        try self.init(parsing: Array(text.utf8), maximumDepth: maximumDepth, allowsNUL: allowsNUL)
    }
}

/// A recursive-descent parser; recursion is bounded by `maximumDepth`.
private struct JSONParser {
    let bytes: UnsafeBufferPointer<UInt8>
    let maximumDepth: Int
    let allowsNUL: Bool
    var position = 0

    init(bytes: UnsafeBufferPointer<UInt8>, maximumDepth: Int, allowsNUL: Bool) {
        self.bytes = bytes
        self.maximumDepth = maximumDepth
        self.allowsNUL = allowsNUL
    }

    mutating func document() throws(JSONSyntaxError) -> JSON {
        let value = try value(depth: 0)
        skipWhitespace()
        guard position == bytes.count else { throw fault(.trailingBytes) }
        return value
    }

    private func fault(_ reason: JSONSyntaxError.Reason) -> JSONSyntaxError {
        JSONSyntaxError(reason: position >= bytes.count && reason.isUnexpectedByte ? .unexpectedEnd : reason, offset: position)
    }

    private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipWhitespace() {
        while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    private mutating func expect(_ byte: UInt8) throws(JSONSyntaxError) {
        guard current == byte else {
            throw fault(.unexpectedByte(expected: "\"\(Character(UnicodeScalar(byte)))\""))
        }
        position += 1
    }

    private mutating func value(depth: Int) throws(JSONSyntaxError) -> JSON {
        skipWhitespace()
        switch current {
        case UInt8(ascii: "{"): return .object(try object(depth: depth + 1))
        case UInt8(ascii: "["): return .array(try array(depth: depth + 1))
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        case UInt8(ascii: "-"): return try number()
        case let byte? where (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte): return try number()
        default: throw fault(.unexpectedByte(expected: "a value"))
        }
    }

    private mutating func literal(_ text: StaticString, _ value: JSON) throws(JSONSyntaxError) -> JSON {
        for offset in 0..<text.utf8CodeUnitCount {
            guard current == text.utf8Start[offset] else { throw fault(.unexpectedByte(expected: "\(text)")) }
            position += 1
        }
        return value
    }

    private mutating func object(depth: Int) throws(JSONSyntaxError) -> JSONObject {
        guard depth <= maximumDepth else { throw fault(.tooDeep(limit: maximumDepth)) }
        position += 1
        var members: [JSONObject.Member] = []
        var names: Set<String> = []
        skipWhitespace()
        if current == UInt8(ascii: "}") {
            position += 1
            return JSONObject(members)
        }
        while true {
            skipWhitespace()
            guard current == UInt8(ascii: "\"") else { throw fault(.unexpectedByte(expected: "a member name")) }
            let start = position
            let key = try string()
            guard names.insert(key).inserted else {
                throw JSONSyntaxError(reason: .duplicateKey(key), offset: start)
            }
            skipWhitespace()
            try expect(UInt8(ascii: ":"))
            members.append(JSONObject.Member(key: key, value: try value(depth: depth)))
            skipWhitespace()
            guard current == UInt8(ascii: ",") else { break }
            position += 1
        }
        try expect(UInt8(ascii: "}"))
        return JSONObject(members)
    }

    private mutating func array(depth: Int) throws(JSONSyntaxError) -> [JSON] {
        guard depth <= maximumDepth else { throw fault(.tooDeep(limit: maximumDepth)) }
        position += 1
        var elements: [JSON] = []
        skipWhitespace()
        if current == UInt8(ascii: "]") {
            position += 1
            return elements
        }
        while true {
            elements.append(try value(depth: depth))
            skipWhitespace()
            guard current == UInt8(ascii: ",") else { break }
            position += 1
        }
        try expect(UInt8(ascii: "]"))
        return elements
    }

    // MARK: Strings

    private mutating func string() throws(JSONSyntaxError) -> String {
        position += 1
        let start = position
        // The common case has no escape: one scan and one validated copy.
        while let byte = current, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") {
            guard byte >= 0x20 else { throw fault(byte == 0 ? .nulCharacter : .controlCharacter) }
            position += 1
        }
        guard let stop = current else { throw fault(.unexpectedEnd) }
        if stop == UInt8(ascii: "\"") {
            let text = try validated(UnsafeBufferPointer(rebasing: bytes[start..<position]), at: start)
            position += 1
            return text
        }
        return try escapedString(from: start)
    }

    private func validated(_ slice: UnsafeBufferPointer<UInt8>, at offset: Int) throws(JSONSyntaxError) -> String {
        guard let text = String(validating: slice, as: UTF8.self) else {
            throw JSONSyntaxError(reason: .invalidUTF8, offset: offset)
        }
        return text
    }

    private mutating func escapedString(from start: Int) throws(JSONSyntaxError) -> String {
        var decoded = Array(bytes[start..<position])
        while let byte = current {
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                return try decoded.withUnsafeBufferPointer { buffer throws(JSONSyntaxError) in
                    try validated(buffer, at: start)
                }
            case UInt8(ascii: "\\"): try escape(into: &decoded)
            case ..<0x20:
                position -= 1
                throw fault(byte == 0 ? .nulCharacter : .controlCharacter)
            default: decoded.append(byte)
            }
        }
        throw fault(.unexpectedEnd)
    }

    private mutating func escape(into decoded: inout [UInt8]) throws(JSONSyntaxError) {
        guard let byte = current else { throw fault(.unexpectedEnd) }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): decoded.append(byte)
        case UInt8(ascii: "b"): decoded.append(0x08)
        case UInt8(ascii: "f"): decoded.append(0x0C)
        case UInt8(ascii: "n"): decoded.append(0x0A)
        case UInt8(ascii: "r"): decoded.append(0x0D)
        case UInt8(ascii: "t"): decoded.append(0x09)
        case UInt8(ascii: "u"):
            let scalar = try unicodeEscape()
            guard allowsNUL || scalar.value != 0 else { throw fault(.nulCharacter) }
            decoded.append(contentsOf: UTF8.encode(scalar)!)
        default: throw fault(.invalidEscape)
        }
    }

    private mutating func unicodeEscape() throws(JSONSyntaxError) -> UnicodeScalar {
        let first = try codeUnit()
        if let scalar = UnicodeScalar(first) { return scalar }
        guard UTF16.isLeadSurrogate(first), current == UInt8(ascii: "\\") else { throw fault(.unpairedSurrogate) }
        position += 1
        guard current == UInt8(ascii: "u") else { throw fault(.unpairedSurrogate) }
        position += 1
        let second = try codeUnit()
        guard UTF16.isTrailSurrogate(second) else { throw fault(.unpairedSurrogate) }
        return UnicodeScalar(0x10000 + (UInt32(first) - 0xD800) << 10 + (UInt32(second) - 0xDC00))!
    }

    private mutating func codeUnit() throws(JSONSyntaxError) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard let byte = current else { throw fault(.unexpectedEnd) }
            guard let digit = Character(UnicodeScalar(byte)).hexDigitValue, byte < 0x80 else { throw fault(.invalidEscape) }
            unit = unit << 4 | UInt16(digit)
            position += 1
        }
        return unit
    }

    // MARK: Numbers

    private mutating func number() throws(JSONSyntaxError) -> JSON {
        let start = position
        if current == UInt8(ascii: "-") { position += 1 }
        if current == UInt8(ascii: "0") {
            position += 1
        } else {
            try digits()
        }
        var isWhole = true
        if current == UInt8(ascii: ".") {
            isWhole = false
            position += 1
            try digits()
        }
        if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
            isWhole = false
            position += 1
            if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { position += 1 }
            try digits()
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if isWhole, let value = Int64(text) { return .integer(value) }
        guard let value = Double(text), value.isFinite else {
            throw JSONSyntaxError(reason: .numberOutOfRange, offset: start)
        }
        return .number(value)
    }

    private mutating func digits() throws(JSONSyntaxError) {
        let start = position
        while let byte = current, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
        guard position > start else { throw fault(current == nil ? .unexpectedEnd : .invalidNumber) }
    }
}

extension JSONSyntaxError.Reason {
    fileprivate var isUnexpectedByte: Bool {
        if case .unexpectedByte = self { true } else { false }
    }
}
