import Foundation
import JSON

/// Encodes Codable values as BSON.
///
/// `Int` becomes int64 always, so that a field keeps one type in the database; `Date` becomes a datetime;
/// `BSONValue`, `BSONDocument` and `BSONBinary` are taken as they are; an optional that is nil is left out.
package struct BSONEncoder: Sendable {
    package init() {}

    /// - Throws: `EncodingError` when `value` is no keyed container at its top.
    package func encode(_ value: some Encodable) throws -> BSONDocument {
        guard case .document(let document) = try Self.box(value, path: []) else {
            throw EncodingError.invalidValue(value, .init(codingPath: [], debugDescription: "the top level must be a document"))
        }
        return document
    }

    fileprivate static func box(_ value: some Encodable, path: [any CodingKey]) throws -> BSONValue {
        switch value {
        case let value as BSONValue: return value
        case let value as BSONDocument: return .document(value)
        case let value as BSONBinary: return .binary(value)
        case let value as BSONObjectID: return .objectID(value)
        case let value as BSONTimestamp: return .timestamp(value)
        case let value as BSONDecimal128: return .decimal128(value)
        case let value as JSON: return BSONValue(value)
        case let value as Date: return .datetime(Int64((value.timeIntervalSince1970 * 1000).rounded()))
        case let value as Data: return .binary(BSONBinary(bytes: Array(value)))
        default:
            let node = EncodingNode(path: path)
            try value.encode(to: node)
            return node.value
        }
    }
}

/// A place in the tree that is being built; containers write into it.
private final class EncodingNode: Encoder {
    enum Content {
        case scalar(BSONValue)
        case keyed([(String, EncodingNode)])
        case unkeyed([EncodingNode])
    }

    let codingPath: [any CodingKey]
    var content: Content?
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    init(path: [any CodingKey]) { codingPath = path }

    var value: BSONValue {
        switch content {
        case .scalar(let value)?: value
        case .keyed(let children)?: .document(BSONDocument(children.map { ($0, $1.value) }))
        case .unkeyed(let children)?: .array(children.map(\.value))
        case nil: .document([:])
        }
    }

    func child(_ key: any CodingKey) -> EncodingNode {
        let node = EncodingNode(path: codingPath + [key])
        switch content {
        case .keyed(let children)?: content = .keyed(children + [(key.stringValue, node)])
        default: content = .keyed([(key.stringValue, node)])
        }
        return node
    }

    func nextElement() -> EncodingNode {
        guard case .unkeyed(let children)? = content else { return self }
        let node = EncodingNode(path: codingPath)
        content = .unkeyed(children + [node])
        return node
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        if content == nil { content = .keyed([]) }
        return KeyedEncodingContainer(KeyedContainer<Key>(node: self))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        if content == nil { content = .unkeyed([]) }
        return UnkeyedContainer(node: self)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { SingleContainer(node: self) }
}

private struct SingleContainer: SingleValueEncodingContainer {
    let node: EncodingNode
    var codingPath: [any CodingKey] { node.codingPath }

    func encodeNil() { node.content = .scalar(.null) }
    func encode(_ value: Bool) { node.content = .scalar(.bool(value)) }
    func encode(_ value: String) { node.content = .scalar(.string(value)) }
    func encode(_ value: Double) { node.content = .scalar(.double(value)) }
    func encode(_ value: Float) { node.content = .scalar(.double(Double(value))) }
    func encode(_ value: Int) { node.content = .scalar(.int64(Int64(value))) }
    func encode(_ value: Int8) { node.content = .scalar(.int32(Int32(value))) }
    func encode(_ value: Int16) { node.content = .scalar(.int32(Int32(value))) }
    func encode(_ value: Int32) { node.content = .scalar(.int32(value)) }
    func encode(_ value: Int64) { node.content = .scalar(.int64(value)) }
    func encode(_ value: UInt8) { node.content = .scalar(.int32(Int32(value))) }
    func encode(_ value: UInt16) { node.content = .scalar(.int32(Int32(value))) }
    func encode(_ value: UInt32) { node.content = .scalar(.int64(Int64(value))) }
    func encode(_ value: UInt) throws { try encode(UInt64(value)) }

    func encode(_ value: UInt64) throws {
        guard let exact = Int64(exactly: value) else {
            throw EncodingError.invalidValue(value, .init(codingPath: codingPath, debugDescription: "BSON has no integer above Int64.max"))
        }
        node.content = .scalar(.int64(exact))
    }

    func encode(_ value: some Encodable) throws { node.content = .scalar(try BSONEncoder.box(value, path: codingPath)) }
}

private struct KeyedContainer<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let node: EncodingNode
    var codingPath: [any CodingKey] { node.codingPath }

    private func single(_ key: Key) -> SingleContainer { SingleContainer(node: node.child(key)) }

    func encodeNil(forKey key: Key) { single(key).encodeNil() }
    func encode(_ value: some Encodable, forKey key: Key) throws { try single(key).encode(value) }
    func superEncoder() -> any Encoder { node.child(SuperKey()) }
    func superEncoder(forKey key: Key) -> any Encoder { node.child(key) }
    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer { node.child(key).unkeyedContainer() }
    func nestedContainer<Nested>(keyedBy type: Nested.Type, forKey key: Key) -> KeyedEncodingContainer<Nested> {
        node.child(key).container(keyedBy: type)
    }
}

private struct UnkeyedContainer: UnkeyedEncodingContainer {
    let node: EncodingNode
    var codingPath: [any CodingKey] { node.codingPath }
    var count: Int { if case .unkeyed(let children)? = node.content { children.count } else { 0 } }

    private func single() -> SingleContainer { SingleContainer(node: node.nextElement()) }

    func encodeNil() { single().encodeNil() }
    func encode(_ value: some Encodable) throws { try single().encode(value) }
    func superEncoder() -> any Encoder { node.nextElement() }
    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { node.nextElement().unkeyedContainer() }
    func nestedContainer<Nested>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
        node.nextElement().container(keyedBy: type)
    }
}

private struct SuperKey: CodingKey {
    var stringValue: String { "super" }
    var intValue: Int? { nil }
    init() {}
    init?(stringValue: String) { nil }
    init?(intValue: Int) { nil }
}
