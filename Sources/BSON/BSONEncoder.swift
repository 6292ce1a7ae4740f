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
        guard case .document(let document) = try Self.box(value, in: nil, key: nil) else {
            throw EncodingError.invalidValue(value, .init(codingPath: [], debugDescription: "the top level must be a document"))
        }
        return document
    }

    /// Types that are not asked to encode themselves. A look at this set costs less than a cast to each of them.
    private static let taken: Set = [
        ObjectIdentifier(BSONValue.self), ObjectIdentifier(BSONDocument.self), ObjectIdentifier(BSONBinary.self),
        ObjectIdentifier(BSONObjectID.self), ObjectIdentifier(BSONTimestamp.self), ObjectIdentifier(BSONDecimal128.self),
        ObjectIdentifier(JSON.self), ObjectIdentifier(Date.self), ObjectIdentifier(Data.self),
    ]

    /// - Parameter key: the value's place in its parent, for errors.
    fileprivate static func box<Value: Encodable>(_ value: Value, in parent: EncodingNode?, key: (any CodingKey)?) throws -> BSONValue {
        if taken.contains(ObjectIdentifier(Value.self)), let value = try taken(value) { return value }
        let node = EncodingNode(below: parent, path: key.map { [$0] } ?? [])
        try value.encode(to: node)
        return node.value
    }

    private static func taken(_ value: some Encodable) throws -> BSONValue? {
        switch value {
        case let value as BSONValue: value
        case let value as BSONDocument: .document(value)
        case let value as BSONBinary: .binary(value)
        case let value as BSONObjectID: .objectID(value)
        case let value as BSONTimestamp: .timestamp(value)
        case let value as BSONDecimal128: .decimal128(value)
        case let value as JSON: BSONValue(value)
        case let value as Date: .datetime(try milliseconds(value))
        case let value as Data: .binary(BSONBinary(bytes: Array(value)))
        default: nil
        }
    }
}

extension BSONEncoder {
    fileprivate static func milliseconds(_ date: Date) throws -> Int64 {
        guard let milliseconds = Int64(exactly: (date.timeIntervalSince1970 * 1000).rounded()) else {
            throw EncodingError.invalidValue(date, .init(codingPath: [], debugDescription: "BSON has no date that is so far away"))
        }
        return milliseconds
    }
}

/// A place in the tree that is being built; containers write into it.
private final class EncodingNode: Encoder {
    /// What a keyed or an unkeyed container holds: values as they are, and places that are still written to.
    enum Child {
        case value(BSONValue)
        case node(EncodingNode)

        var value: BSONValue {
            switch self {
            case .value(let value): value
            case .node(let node): node.value
            }
        }
    }

    enum Kind { case scalar, keyed, unkeyed }

    /// Where it stands: below a node that does not hold it, or as a path of its own.
    private let parent: EncodingNode?
    private let path: [any CodingKey]
    private var kind: Kind?
    private var scalar = BSONValue.null
    private var names: [String] = []
    private var children: [Child] = []
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    init(below parent: EncodingNode?, path: [any CodingKey]) {
        self.parent = parent
        self.path = path
    }

    var codingPath: [any CodingKey] { (parent?.codingPath ?? []) + path }
    var count: Int { children.count }

    var value: BSONValue {
        switch kind {
        case .scalar: scalar
        case .keyed: .document(BSONDocument(zip(names, children).map { ($0, $1.value) }))
        case .unkeyed: .array(children.map(\.value))
        case nil: .document([:])
        }
    }

    func set(_ value: BSONValue) {
        kind = .scalar
        scalar = value
    }

    func append(_ value: BSONValue, _ key: some CodingKey) { append(.value(value), key.stringValue) }
    func append(_ value: BSONValue) { append(.value(value), nil) }

    func child(_ key: some CodingKey) -> EncodingNode {
        let node = EncodingNode(below: nil, path: codingPath + [key])
        append(.node(node), key.stringValue)
        return node
    }

    func nextElement() -> EncodingNode {
        let node = EncodingNode(below: nil, path: codingPath)
        append(.node(node), nil)
        return node
    }

    private func append(_ child: Child, _ name: String?) {
        if let name { names.append(name) }
        children.append(child)
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        kind = .keyed
        return KeyedEncodingContainer(KeyedContainer<Key>(node: self))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        kind = .unkeyed
        return UnkeyedContainer(node: self)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { SingleContainer(node: self) }
}

private struct SingleContainer: SingleValueEncodingContainer {
    let node: EncodingNode
    var codingPath: [any CodingKey] { node.codingPath }

    func encodeNil() { node.set(.null) }
    func encode(_ value: Bool) { node.set(.bool(value)) }
    func encode(_ value: String) { node.set(.string(value)) }
    func encode(_ value: Double) { node.set(.double(value)) }
    func encode(_ value: Float) { node.set(.double(Double(value))) }
    func encode(_ value: Int) { node.set(.int64(Int64(value))) }
    func encode(_ value: Int8) { node.set(.int32(Int32(value))) }
    func encode(_ value: Int16) { node.set(.int32(Int32(value))) }
    func encode(_ value: Int32) { node.set(.int32(value)) }
    func encode(_ value: Int64) { node.set(.int64(value)) }
    func encode(_ value: UInt8) { node.set(.int32(Int32(value))) }
    func encode(_ value: UInt16) { node.set(.int32(Int32(value))) }
    func encode(_ value: UInt32) { node.set(.int64(Int64(value))) }
    func encode(_ value: UInt) throws { try encode(UInt64(value)) }

    func encode(_ value: UInt64) throws {
        guard let exact = Int64(exactly: value) else {
            throw EncodingError.invalidValue(value, .init(codingPath: codingPath, debugDescription: "BSON has no integer above Int64.max"))
        }
        node.set(.int64(exact))
    }

    func encode(_ value: some Encodable) throws { node.set(try BSONEncoder.box(value, in: node, key: nil)) }
}

private struct KeyedContainer<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let node: EncodingNode
    var codingPath: [any CodingKey] { node.codingPath }

    func encodeNil(forKey key: Key) { node.append(.null, key) }
    func encode(_ value: Bool, forKey key: Key) { node.append(.bool(value), key) }
    func encode(_ value: String, forKey key: Key) { node.append(.string(value), key) }
    func encode(_ value: Double, forKey key: Key) { node.append(.double(value), key) }
    func encode(_ value: Int, forKey key: Key) { node.append(.int64(Int64(value)), key) }
    func encode(_ value: some Encodable, forKey key: Key) throws {
        node.append(try BSONEncoder.box(value, in: node, key: key), key)
    }
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
    var count: Int { node.count }

    func encodeNil() { node.append(.null) }
    func encode(_ value: String) { node.append(.string(value)) }
    func encode(_ value: Double) { node.append(.double(value)) }
    func encode(_ value: Int) { node.append(.int64(Int64(value))) }
    func encode(_ value: some Encodable) throws { node.append(try BSONEncoder.box(value, in: node, key: nil)) }
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
