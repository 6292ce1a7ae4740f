package import JSON

/// An identifier: a string for everybody but the server.
package struct ID: Sendable, Hashable, ExpressibleByStringLiteral {
    package var text: String

    package init(_ text: String) { self.text = text }
    package init(stringLiteral text: String) { self.text = text }
}

extension String: OutputType, InputType {
    package static var reference: TypeReference { .nonNull(.named("String")) }
    package var node: Node { .leaf(.string(self)) }
    package var literal: JSON { .string(self) }
    package init(input: JSON) throws { self = try Scalars.value(input.stringValue, "String") }
    package static func register(in builder: inout SchemaBuilder) { builder.add(Scalars.string) }
}

extension Int: OutputType, InputType {
    package static var reference: TypeReference { .nonNull(.named("Int")) }
    package var node: Node { .leaf(JSON(self)) }
    package var literal: JSON { JSON(self) }
    package init(input: JSON) throws { self = try Scalars.value(input.integerValue, "Int") }
    package static func register(in builder: inout SchemaBuilder) { builder.add(Scalars.int) }
}

extension Double: OutputType, InputType {
    package static var reference: TypeReference { .nonNull(.named("Float")) }
    package var node: Node { .leaf(.number(self)) }
    package var literal: JSON { .number(self) }
    package init(input: JSON) throws { self = try Scalars.value(input.doubleValue, "Float") }
    package static func register(in builder: inout SchemaBuilder) { builder.add(Scalars.float) }
}

extension Bool: OutputType, InputType {
    package static var reference: TypeReference { .nonNull(.named("Boolean")) }
    package var node: Node { .leaf(.bool(self)) }
    package var literal: JSON { .bool(self) }
    package init(input: JSON) throws { self = try Scalars.value(input.boolValue, "Boolean") }
    package static func register(in builder: inout SchemaBuilder) { builder.add(Scalars.boolean) }
}

extension ID: OutputType, InputType {
    package static var reference: TypeReference { .nonNull(.named("ID")) }
    package var node: Node { .leaf(.string(text)) }
    package var literal: JSON { .string(text) }
    package init(input: JSON) throws { text = try Scalars.value(input.stringValue, "ID") }
    package static func register(in builder: inout SchemaBuilder) { builder.add(Scalars.id) }
}

/// A Swift type that is a scalar of the schema's own.
package protocol CustomScalar: OutputType, InputType {
    static var scalar: ScalarDefinition { get }
    /// - Throws: when the value is none of this scalar.
    init(value: JSON) throws
    var value: JSON { get }
}

package struct ScalarDefinition: Sendable {
    let name: String
    let description: String?
    let specifiedByURL: String?

    package init(_ name: String, _ description: String? = nil, specifiedBy url: String? = nil) {
        self.name = name
        self.description = description
        specifiedByURL = url
    }
}

extension CustomScalar {
    package static var reference: TypeReference { .nonNull(.named(scalar.name)) }
    package var node: Node { .leaf(value) }
    package var literal: JSON { value }
    package init(input: JSON) throws { try self.init(value: input) }
    package static func register(in builder: inout SchemaBuilder) {
        // Whether the value can be read is all that is asked here.
        let check: @Sendable (JSON) -> JSON? = { value in (try? Self(value: value)).map { _ in value } }
        builder.add(
            ScalarType(
                name: scalar.name, description: scalar.description, specifiedByURL: scalar.specifiedByURL, parse: check,
                parseLiteral: { node in node.constant.flatMap(check) }, serialize: { $0 }))
    }
}

/// The scalars of section 3.5.
enum Scalars {
    static func value<Value>(_ value: Value?, _ type: String) throws -> Value {
        guard let value else { throw SchemaDefect("an argument is no \(type)") }
        return value
    }

    private static func int32(_ value: JSON) -> JSON? {
        switch value {
        case .integer, .number: value.integerValue.flatMap { Int32(exactly: $0) }.map { .integer(Int64($0)) }
        default: nil
        }
    }

    private static func finite(_ value: JSON) -> JSON? {
        value.doubleValue.flatMap { $0.isFinite ? value : nil }
    }

    static let int = ScalarType(
        name: "Int", description: "A whole number from -2^31 to 2^31 - 1.", parse: int32,
        parseLiteral: { node in
            if case .integer(let digits) = node.kind { Int32(digits).map { .integer(Int64($0)) } } else { nil }
        }, serialize: int32)

    static let float = ScalarType(
        name: "Float", description: "A number with a fraction (IEEE 754, double precision).", parse: finite,
        parseLiteral: { node in
            switch node.kind {
            case .integer(let digits), .float(let digits): Double(digits).flatMap { $0.isFinite ? .number($0) : nil }
            default: nil
            }
        }, serialize: finite)

    static let string = ScalarType(
        name: "String", description: "Text, as Unicode scalars.", parse: { $0.stringValue.map(JSON.string) },
        parseLiteral: { node in
            if case .string(let text) = node.kind { .string(text) } else { nil }
        }, serialize: { $0.stringValue.map(JSON.string) })

    static let boolean = ScalarType(
        name: "Boolean", description: "true or false.", parse: { $0.boolValue.map(JSON.bool) },
        parseLiteral: { node in
            if case .boolean(let flag) = node.kind { .bool(flag) } else { nil }
        }, serialize: { $0.boolValue.map(JSON.bool) })

    static let id = ScalarType(
        name: "ID", description: "An identifier; always a string in answers.",
        parse: { value in
            switch value {
            case .string: value
            case .integer(let number): .string("\(number)")
            case .number: value.integerValue.map { .string("\($0)") }
            default: nil
            }
        },
        parseLiteral: { node in
            switch node.kind {
            case .string(let text), .integer(let text): .string(text)
            default: nil
            }
        }, serialize: { $0.stringValue.map(JSON.string) })
}

extension ValueNode {
    /// A constant as JSON, whatever its type; nil when it has a variable or a number that JSON cannot have.
    var constant: JSON? {
        switch kind {
        case .variable: return nil
        case .integer(let digits): return Int64(digits).map(JSON.integer) ?? Double(digits).map(JSON.number)
        case .float(let digits): return Double(digits).flatMap { $0.isFinite ? .number($0) : nil }
        case .string(let text), .enumeration(let text): return .string(text)
        case .boolean(let flag): return .bool(flag)
        case .null: return .null
        case .list(let elements):
            let values = elements.compactMap(\.constant)
            return values.count == elements.count ? .array(values) : nil
        case .object(let members):
            var object = JSONObject()
            for member in members {
                guard let value = member.value.constant else { return nil }
                object[member.name.text] = value
            }
            return .object(object)
        }
    }
}
