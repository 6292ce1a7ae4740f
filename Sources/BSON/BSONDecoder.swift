import Foundation
import JSON

/// Decodes Codable values from BSON.
///
/// Any numeric type is read into any Swift number that holds it exactly; fields that the type does not
/// know are ignored, so that documents written by a newer version can be read.
package struct BSONDecoder: Sendable {
    package init() {}

    /// - Throws: `DecodingError` with the path of what does not fit.
    package func decode<Value: Decodable>(_ type: Value.Type, from document: BSONDocument) throws -> Value {
        try Self.unbox(type, from: .document(document), path: [])
    }

    fileprivate static func unbox<Value: Decodable>(_ type: Value.Type, from value: BSONValue, path: [any CodingKey]) throws -> Value {
        let special: Any? =
            switch (ObjectIdentifier(type), value) {
            case (ObjectIdentifier(BSONValue.self), _): value
            case (ObjectIdentifier(BSONDocument.self), .document(let value)): value
            case (ObjectIdentifier(BSONBinary.self), .binary(let value)): value
            case (ObjectIdentifier(BSONObjectID.self), .objectID(let value)): value
            case (ObjectIdentifier(BSONTimestamp.self), .timestamp(let value)): value
            case (ObjectIdentifier(BSONDecimal128.self), .decimal128(let value)): value
            case (ObjectIdentifier(JSON.self), _): JSON(value)
            case (ObjectIdentifier(Date.self), .datetime(let value)): Date(timeIntervalSince1970: Double(value) / 1000)
            case (ObjectIdentifier(Data.self), .binary(let value)): Data(value.bytes)
            default: nil
            }
        if let special = special as? Value { return special }
        return try Value(from: DecodingNode(value: value, codingPath: path))
    }
}

private struct DecodingNode: Decoder {
    let value: BSONValue
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func mismatch(_ type: Any.Type) -> DecodingError {
        .typeMismatch(type, .init(codingPath: codingPath, debugDescription: "the BSON value is of another type"))
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard case .document(let document) = value else { throw mismatch(BSONDocument.self) }
        return KeyedDecodingContainer(KeyedContainer<Key>(document: document, codingPath: codingPath))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard case .array(let values) = value else { throw mismatch([BSONValue].self) }
        return UnkeyedContainer(values: values, codingPath: codingPath)
    }

    func singleValueContainer() -> any SingleValueDecodingContainer { SingleContainer(node: self) }
}

private struct SingleContainer: SingleValueDecodingContainer {
    let node: DecodingNode
    var codingPath: [any CodingKey] { node.codingPath }

    func decodeNil() -> Bool { node.value == .null || node.value == .undefined }

    func decode(_ type: Bool.Type) throws -> Bool {
        guard let value = node.value.boolValue else { throw node.mismatch(type) }
        return value
    }

    func decode(_ type: String.Type) throws -> String {
        guard let value = node.value.stringValue else { throw node.mismatch(type) }
        return value
    }

    func decode(_ type: Double.Type) throws -> Double {
        guard let value = node.value.doubleValue else { throw node.mismatch(type) }
        return value
    }

    func decode(_ type: Float.Type) throws -> Float { Float(try decode(Double.self)) }
    func decode(_ type: Int.Type) throws -> Int { try integer(type) }
    func decode(_ type: Int8.Type) throws -> Int8 { try integer(type) }
    func decode(_ type: Int16.Type) throws -> Int16 { try integer(type) }
    func decode(_ type: Int32.Type) throws -> Int32 { try integer(type) }
    func decode(_ type: Int64.Type) throws -> Int64 { try integer(type) }
    func decode(_ type: UInt.Type) throws -> UInt { try integer(type) }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try integer(type) }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try integer(type) }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try integer(type) }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try integer(type) }

    private func integer<Value: FixedWidthInteger>(_ type: Value.Type) throws -> Value {
        guard let value = node.value.integerValue else { throw node.mismatch(type) }
        guard let exact = Value(exactly: value) else {
            throw DecodingError.dataCorrupted(.init(codingPath: codingPath, debugDescription: "\(value) does not fit \(type)"))
        }
        return exact
    }

    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        try BSONDecoder.unbox(type, from: node.value, path: codingPath)
    }
}

private struct KeyedContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let document: BSONDocument
    let codingPath: [any CodingKey]
    var allKeys: [Key] { document.keys.compactMap(Key.init(stringValue:)) }

    private func node(_ key: any CodingKey) throws -> DecodingNode {
        guard let value = document[key.stringValue] else {
            throw DecodingError.keyNotFound(key, .init(codingPath: codingPath, debugDescription: "no field \(key.stringValue)"))
        }
        return DecodingNode(value: value, codingPath: codingPath + [key])
    }

    func contains(_ key: Key) -> Bool { document[key.stringValue] != nil }
    func decodeNil(forKey key: Key) throws -> Bool { SingleContainer(node: try node(key)).decodeNil() }
    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
        let node = try node(key)
        return try BSONDecoder.unbox(type, from: node.value, path: node.codingPath)
    }
    func nestedContainer<Nested>(keyedBy type: Nested.Type, forKey key: Key) throws -> KeyedDecodingContainer<Nested> {
        try node(key).container(keyedBy: type)
    }
    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer { try node(key).unkeyedContainer() }
    func superDecoder() throws -> any Decoder { DecodingNode(value: .document(document), codingPath: codingPath) }
    func superDecoder(forKey key: Key) throws -> any Decoder { try node(key) }
}

private struct UnkeyedContainer: UnkeyedDecodingContainer {
    let values: [BSONValue]
    let codingPath: [any CodingKey]
    var currentIndex = 0
    var count: Int? { values.count }
    var isAtEnd: Bool { currentIndex >= values.count }

    init(values: [BSONValue], codingPath: [any CodingKey]) {
        self.values = values
        self.codingPath = codingPath
    }

    private func current() throws -> DecodingNode {
        guard !isAtEnd else {
            throw DecodingError.valueNotFound(
                BSONValue.self, .init(codingPath: codingPath, debugDescription: "the array has \(values.count) elements"))
        }
        return DecodingNode(value: values[currentIndex], codingPath: codingPath)
    }

    mutating func decodeNil() throws -> Bool {
        guard SingleContainer(node: try current()).decodeNil() else { return false }
        currentIndex += 1
        return true
    }

    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        let value = try BSONDecoder.unbox(type, from: try current().value, path: codingPath)
        currentIndex += 1
        return value
    }

    mutating func nestedContainer<Nested>(keyedBy type: Nested.Type) throws -> KeyedDecodingContainer<Nested> {
        defer { currentIndex += 1 }
        return try current().container(keyedBy: type)
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        defer { currentIndex += 1 }
        return try current().unkeyedContainer()
    }

    mutating func superDecoder() throws -> any Decoder {
        defer { currentIndex += 1 }
        return try current()
    }
}
