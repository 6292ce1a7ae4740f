package import JSON

/// A Swift type that stands for a type of the schema. `Optional` is nullable, `Array` a list, everything else is not
/// null.
package protocol SchemaType: Sendable {
    /// How fields and arguments refer to it.
    static var reference: TypeReference { get }
    /// Adds its named type, and what that refers to, to the schema.
    static func register(in builder: inout SchemaBuilder)
}

extension Optional: SchemaType where Wrapped: SchemaType {
    package static var reference: TypeReference { Wrapped.reference.nullable }
    package static func register(in builder: inout SchemaBuilder) { Wrapped.register(in: &builder) }
}

extension Array: SchemaType where Element: SchemaType {
    package static var reference: TypeReference { .nonNull(.list(Element.reference)) }
    package static func register(in builder: inout SchemaBuilder) { Element.register(in: &builder) }
}

/// A Swift type that fields can give.
package protocol OutputType: SchemaType {
    var node: Node { get }
}

extension Optional: OutputType where Wrapped: OutputType {
    package var node: Node { self?.node ?? .null }
}

extension Array: OutputType where Element: OutputType {
    package var node: Node { .list(map(\.node)) }
}

/// A Swift type that is an object type.
package protocol ObjectOutput: OutputType {
    static var objectType: ObjectDefinition<Self> { get }
    static var typeName: String { get }
}

extension ObjectOutput {
    package static var reference: TypeReference { .nonNull(.named(typeName)) }
    package var node: Node { .object(self, type: Self.typeName) }
    package static func register(in builder: inout SchemaBuilder) {
        builder.add(typeName) { builder in
            let definition = objectType
            for field in definition.fields { field.register(&builder) }
            return .object(
                ObjectType(
                    name: typeName, description: definition.description, interfaces: definition.interfaces,
                    fields: definition.fields.map(\.definition)))
        }
        for interface in objectType.registrations { interface(&builder) }
    }
}

/// A Swift type whose values are objects of several types.
package protocol UnionOutput: OutputType {
    static var typeName: String { get }
    static var typeDescription: String? { get }
    static var members: [any ObjectOutput.Type] { get }
    /// The value as the member that it is.
    var member: any ObjectOutput { get }
}

extension UnionOutput {
    package static var reference: TypeReference { .nonNull(.named(typeName)) }
    package var node: Node { member.node }
    package static func register(in builder: inout SchemaBuilder) {
        builder.add(typeName) { builder in
            for member in members { member.register(in: &builder) }
            return .union(UnionType(name: typeName, description: typeDescription, members: members.map { $0.typeName }))
        }
    }
}

/// A Swift enumeration whose cases are an enumeration's values, by their raw values.
package protocol EnumerationOutput: OutputType, InputType, CaseIterable, RawRepresentable where RawValue == String {
    static var typeName: String { get }
    static var typeDescription: String? { get }
    /// The value's name in documents; the raw value in upper snake case unless the type says otherwise.
    var graphQLName: String { get }
    var valueDescription: String? { get }
}

extension EnumerationOutput {
    package static var reference: TypeReference { .nonNull(.named(typeName)) }
    package var node: Node { .leaf(.string(graphQLName)) }
    package var literal: JSON { .string(graphQLName) }
    package var valueDescription: String? { nil }

    package var graphQLName: String {
        rawValue.reduce(into: "") { name, character in
            if character.isUppercase, !name.isEmpty { name += "_" }
            name += character.uppercased()
        }
    }

    package init(input: JSON) throws {
        guard let name = input.stringValue, let value = Self.allCases.first(where: { $0.graphQLName == name }) else {
            throw SchemaDefect("\(Self.typeName) has no such value")
        }
        self = value
    }

    package static func register(in builder: inout SchemaBuilder) {
        builder.add(typeName) { _ in
            let values = allCases.map { EnumerationType.Value($0.graphQLName, description: $0.valueDescription) }
            return .enumeration(EnumerationType(name: typeName, description: typeDescription, values: values))
        }
    }
}
