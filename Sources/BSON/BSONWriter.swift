extension BSONDocument {
    /// The document's bytes.
    ///
    /// - Throws: `tooDeep`, `tooLarge`, or `nulInCString` for a key that holds a NUL.
    package func bytes(limits: BSONLimits = BSONLimits()) throws(BSONError) -> [UInt8] {
        var writer = BSONWriter(limits: limits)
        try writer.write(self, depth: 1)
        guard writer.bytes.count <= limits.bytes else {
            throw .tooLarge(bytes: writer.bytes.count, limit: limits.bytes)
        }
        return writer.bytes
    }
}

private struct BSONWriter {
    let limits: BSONLimits
    var bytes: [UInt8] = []

    init(limits: BSONLimits) {
        self.limits = limits
    }

    mutating func write(_ document: BSONDocument, depth: Int) throws(BSONError) {
        let start = try open(depth: depth)
        for element in document.elements { try write(element.value, key: element.key, depth: depth) }
        close(start)
    }

    private mutating func write(_ values: [BSONValue], depth: Int) throws(BSONError) {
        let start = try open(depth: depth)
        for (index, value) in values.enumerated() { try write(value, key: String(index), depth: depth) }
        close(start)
    }

    private mutating func open(depth: Int) throws(BSONError) -> Int {
        guard depth <= limits.depth else { throw .tooDeep(limit: limits.depth) }
        defer { append(Int32(0)) }
        return bytes.count
    }

    private mutating func close(_ start: Int) {
        bytes.append(0)
        patchLength(at: start)
    }

    /// Writes the number of bytes since `start` there, as the format's lengths count themselves.
    private mutating func patchLength(at start: Int) {
        let length = Int32(clamping: bytes.count - start)
        bytes.withUnsafeMutableBytes { $0.storeBytes(of: length.littleEndian, toByteOffset: start, as: Int32.self) }
    }

    private mutating func write(_ value: BSONValue, key: String, depth: Int) throws(BSONError) {
        bytes.append(value.typeByte)
        try append(cString: key)
        switch value {
        case .double(let value): append(Int64(bitPattern: value.bitPattern))
        case .string(let value), .javascript(let value), .symbol(let value): append(string: value)
        case .document(let value): try write(value, depth: depth + 1)
        case .array(let values): try write(values, depth: depth + 1)
        case .binary(let value): append(value)
        case .undefined, .null, .minKey, .maxKey: break
        case .objectID(let value): bytes.append(contentsOf: value.bytes)
        case .bool(let value): bytes.append(value ? 1 : 0)
        case .datetime(let value), .int64(let value): append(value)
        case .regex(let pattern, let options):
            try append(cString: pattern)
            try append(cString: String(options.sorted()))
        case .dbPointer(let namespace, let id):
            append(string: namespace)
            bytes.append(contentsOf: id.bytes)
        case .javascriptWithScope(let code, let scope):
            let start = bytes.count
            append(Int32(0))
            append(string: code)
            try write(scope, depth: depth + 1)
            patchLength(at: start)
        case .int32(let value): append(value)
        case .timestamp(let value): append(Int64(bitPattern: UInt64(value.seconds) << 32 | UInt64(value.ordinal)))
        case .decimal128(let value):
            append(Int64(bitPattern: value.low))
            append(Int64(bitPattern: value.high))
        }
    }

    private mutating func append(_ integer: some FixedWidthInteger) {
        withUnsafeBytes(of: integer.littleEndian) { bytes.append(contentsOf: $0) }
    }

    private mutating func append(cString text: String) throws(BSONError) {
        guard !text.utf8.contains(0) else { throw .nulInCString(text) }
        bytes.append(contentsOf: text.utf8)
        bytes.append(0)
    }

    private mutating func append(string text: String) {
        append(Int32(clamping: text.utf8.count + 1))
        bytes.append(contentsOf: text.utf8)
        bytes.append(0)
    }

    private mutating func append(_ binary: BSONBinary) {
        let isLegacy = binary.subtype == BSONBinary.legacyBinary
        append(Int32(clamping: binary.bytes.count + (isLegacy ? 4 : 0)))
        bytes.append(binary.subtype)
        if isLegacy { append(Int32(clamping: binary.bytes.count)) }
        bytes.append(contentsOf: binary.bytes)
    }
}

extension BSONValue {
    /// The element type byte of the specification.
    fileprivate var typeByte: UInt8 {
        switch self {
        case .double: 0x01
        case .string: 0x02
        case .document: 0x03
        case .array: 0x04
        case .binary: 0x05
        case .undefined: 0x06
        case .objectID: 0x07
        case .bool: 0x08
        case .datetime: 0x09
        case .null: 0x0A
        case .regex: 0x0B
        case .dbPointer: 0x0C
        case .javascript: 0x0D
        case .symbol: 0x0E
        case .javascriptWithScope: 0x0F
        case .int32: 0x10
        case .timestamp: 0x11
        case .int64: 0x12
        case .decimal128: 0x13
        case .maxKey: 0x7F
        case .minKey: 0xFF
        }
    }
}
