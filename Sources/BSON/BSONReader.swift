extension BSONDocument {
    /// Reads one document that fills `bytes`.
    ///
    /// Every length is checked against what encloses it before anything is read or allocated.
    package init(bytes: [UInt8], limits: BSONLimits = BSONLimits()) throws(BSONError) {
        guard bytes.count <= limits.bytes else { throw .tooLarge(bytes: bytes.count, limit: limits.bytes) }
        let result: Result<BSONDocument, BSONError> = bytes.withUnsafeBytes { buffer in
            var reader = BSONReader(bytes: buffer, limits: limits)
            return Result { () throws(BSONError) in
                let document = try reader.document(within: buffer.count, depth: 1)
                guard reader.position == buffer.count else {
                    throw .malformed("bytes after the document", offset: reader.position)
                }
                return document
            }
        }
        self = try result.get()
    }
}

/// A cursor over bytes; `end` is the exclusive bound that the enclosing document sets.
private struct BSONReader {
    let bytes: UnsafeRawBufferPointer
    let limits: BSONLimits
    var position = 0

    init(bytes: UnsafeRawBufferPointer, limits: BSONLimits) {
        self.bytes = bytes
        self.limits = limits
    }

    mutating func document(within end: Int, depth: Int) throws(BSONError) -> BSONDocument {
        var document = BSONDocument()
        try elements(within: end, depth: depth) { key, value in
            document.elements.append(BSONDocument.Element(key: key, value: value))
        }
        return document
    }

    private mutating func array(within end: Int, depth: Int) throws(BSONError) -> [BSONValue] {
        var values: [BSONValue] = []
        try elements(within: end, depth: depth) { _, value in values.append(value) }
        return values
    }

    private mutating func elements(within end: Int, depth: Int, append: (String, BSONValue) -> Void) throws(BSONError) {
        guard depth <= limits.depth else { throw .tooDeep(limit: limits.depth) }
        let start = position
        let length = Int(try int32(within: end))
        guard length >= 5, length <= end - start else { throw .malformed("document length \(length)", offset: start) }
        let documentEnd = start + length
        guard bytes[documentEnd - 1] == 0 else { throw .malformed("no terminator", offset: documentEnd - 1) }
        while position < documentEnd - 1 {
            let type = bytes[position]
            position += 1
            let key = try cString(within: documentEnd - 1)
            append(key, try value(type: type, within: documentEnd - 1, depth: depth))
        }
        position = documentEnd
    }

    private mutating func value(type: UInt8, within end: Int, depth: Int) throws(BSONError) -> BSONValue {
        switch type {
        case 0x01: .double(Double(bitPattern: UInt64(bitPattern: try int64(within: end))))
        case 0x02: .string(try string(within: end))
        case 0x03: .document(try document(within: end, depth: depth + 1))
        case 0x04: .array(try array(within: end, depth: depth + 1))
        case 0x05: .binary(try binary(within: end))
        case 0x06: .undefined
        case 0x07: .objectID(try objectID(within: end))
        case 0x08: .bool(try bool(within: end))
        case 0x09: .datetime(try int64(within: end))
        case 0x0A: .null
        case 0x0B: .regex(pattern: try cString(within: end), options: try cString(within: end))
        case 0x0C: .dbPointer(namespace: try string(within: end), id: try objectID(within: end))
        case 0x0D: .javascript(try string(within: end))
        case 0x0E: .symbol(try string(within: end))
        case 0x0F: try javascriptWithScope(within: end, depth: depth)
        case 0x10: .int32(try int32(within: end))
        case 0x11: .timestamp(try timestamp(within: end))
        case 0x12: .int64(try int64(within: end))
        case 0x13:
            .decimal128(BSONDecimal128(low: UInt64(bitPattern: try int64(within: end)), high: UInt64(bitPattern: try int64(within: end))))
        case 0x7F: .maxKey
        case 0xFF: .minKey
        default: throw .unknownType(type, offset: position)
        }
    }

    // MARK: Scalars

    private mutating func take(_ count: Int, within end: Int, _ what: String) throws(BSONError) -> UnsafeRawBufferPointer {
        guard count >= 0, count <= end - position else { throw .malformed("\(what) passes the end", offset: position) }
        defer { position += count }
        return UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
    }

    private mutating func int32(within end: Int) throws(BSONError) -> Int32 {
        Int32(littleEndian: try take(4, within: end, "int32").loadUnaligned(as: Int32.self))
    }

    private mutating func int64(within end: Int) throws(BSONError) -> Int64 {
        Int64(littleEndian: try take(8, within: end, "64-bit value").loadUnaligned(as: Int64.self))
    }

    private mutating func bool(within end: Int) throws(BSONError) -> Bool {
        switch try take(1, within: end, "boolean")[0] {
        case 0: false
        case 1: true
        default: throw .malformed("boolean neither 0 nor 1", offset: position - 1)
        }
    }

    private mutating func timestamp(within end: Int) throws(BSONError) -> BSONTimestamp {
        let value = UInt64(bitPattern: try int64(within: end))
        return BSONTimestamp(seconds: UInt32(value >> 32), ordinal: UInt32(truncatingIfNeeded: value))
    }

    private mutating func objectID(within end: Int) throws(BSONError) -> BSONObjectID {
        BSONObjectID(bytes: Array(try take(12, within: end, "object id")))!
    }

    private mutating func cString(within end: Int) throws(BSONError) -> String {
        let start = position
        while position < end, bytes[position] != 0 { position += 1 }
        guard position < end else { throw .malformed("unterminated key", offset: start) }
        defer { position += 1 }
        return try utf8(start..<position)
    }

    private mutating func string(within end: Int) throws(BSONError) -> String {
        let length = Int(try int32(within: end))
        guard length >= 1, length <= end - position else { throw .malformed("string length \(length)", offset: position) }
        let last = position + length - 1
        guard bytes[last] == 0 else { throw .malformed("unterminated string", offset: last) }
        defer { position = last + 1 }
        return try utf8(position..<last)
    }

    private func utf8(_ range: Range<Int>) throws(BSONError) -> String {
        guard let text = String(validating: UnsafeRawBufferPointer(rebasing: bytes[range]), as: UTF8.self) else {
            throw .invalidUTF8(offset: range.lowerBound)
        }
        return text
    }

    private mutating func binary(within end: Int) throws(BSONError) -> BSONBinary {
        var length = Int(try int32(within: end))
        let subtype = try take(1, within: end, "binary subtype")[0]
        guard length >= 0, length <= end - position else { throw .malformed("binary length \(length)", offset: position) }
        if subtype == BSONBinary.legacyBinary {
            let inner = Int(try int32(within: end))
            guard inner == length - 4 else { throw .malformed("inner binary length \(inner)", offset: position) }
            length = inner
        }
        return BSONBinary(subtype: subtype, bytes: Array(try take(length, within: end, "binary")))
    }

    private mutating func javascriptWithScope(within end: Int, depth: Int) throws(BSONError) -> BSONValue {
        let start = position
        let length = Int(try int32(within: end))
        guard length >= 14, length <= end - start else { throw .malformed("scoped code length \(length)", offset: start) }
        let code = try string(within: start + length)
        let scope = try document(within: start + length, depth: depth + 1)
        guard position == start + length else { throw .malformed("scoped code length \(length)", offset: start) }
        return .javascriptWithScope(code: code, scope: scope)
    }
}
