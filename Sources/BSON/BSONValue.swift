/// One BSON value, every type of the specification (bsonspec.org, version 1.1) but its two internal
/// ones' order semantics.
package enum BSONValue: Sendable, Hashable {
    case double(Double)
    case string(String)
    case document(BSONDocument)
    case array([BSONValue])
    case binary(BSONBinary)
    case undefined
    case objectID(BSONObjectID)
    case bool(Bool)
    /// Milliseconds since the Unix epoch, UTC.
    case datetime(Int64)
    case null
    case regex(pattern: String, options: String)
    case dbPointer(namespace: String, id: BSONObjectID)
    case javascript(String)
    case symbol(String)
    case javascriptWithScope(code: String, scope: BSONDocument)
    case int32(Int32)
    case timestamp(BSONTimestamp)
    case int64(Int64)
    case decimal128(BSONDecimal128)
    case minKey
    case maxKey
}

/// A replication timestamp: seconds since the Unix epoch and an ordinal within the second.
package struct BSONTimestamp: Sendable, Hashable {
    package var seconds: UInt32
    package var ordinal: UInt32

    package init(seconds: UInt32, ordinal: UInt32) {
        self.seconds = seconds
        self.ordinal = ordinal
    }
}

/// A 12-byte object id.
package struct BSONObjectID: Sendable, Hashable {
    /// Always 12 bytes.
    package let bytes: [UInt8]

    /// Nil unless `bytes` are 12.
    package init?(bytes: [UInt8]) {
        guard bytes.count == 12 else { return nil }
        self.bytes = bytes
    }
}

/// Bytes with a subtype (specification: "binary").
package struct BSONBinary: Sendable, Hashable {
    package static let generic: UInt8 = 0x00
    package static let legacyBinary: UInt8 = 0x02
    package static let uuid: UInt8 = 0x04
    package static let vector: UInt8 = 0x09

    package var subtype: UInt8
    package var bytes: [UInt8]

    package init(subtype: UInt8 = BSONBinary.generic, bytes: [UInt8]) {
        self.subtype = subtype
        self.bytes = bytes
    }
}

extension BSONValue {
    package var stringValue: String? { if case .string(let value) = self { value } else { nil } }
    package var documentValue: BSONDocument? { if case .document(let value) = self { value } else { nil } }
    package var arrayValue: [BSONValue]? { if case .array(let value) = self { value } else { nil } }
    package var binaryValue: BSONBinary? { if case .binary(let value) = self { value } else { nil } }
    package var boolValue: Bool? { if case .bool(let value) = self { value } else { nil } }
    package var timestampValue: BSONTimestamp? { if case .timestamp(let value) = self { value } else { nil } }

    /// Any numeric type as a whole number, if it is one.
    package var integerValue: Int64? {
        switch self {
        case .int32(let value): Int64(value)
        case .int64(let value): value
        case .double(let value): Int64(exactly: value)
        default: nil
        }
    }

    package var doubleValue: Double? {
        switch self {
        case .int32(let value): Double(value)
        case .int64(let value): Double(value)
        case .double(let value): value
        default: nil
        }
    }

    package subscript(key: String) -> BSONValue? { documentValue?[key] }
}

extension BSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByFloatLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int64) { self = Int32(exactly: value).map(BSONValue.int32) ?? .int64(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(floatLiteral value: Double) { self = .double(value) }
    package init(arrayLiteral elements: BSONValue...) { self = .array(elements) }
    package init(dictionaryLiteral elements: (String, BSONValue)...) { self = .document(BSONDocument(elements)) }
}
