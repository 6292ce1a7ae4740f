package import JSON

/// A Swift type that arguments can have.
package protocol InputType: SchemaType {
    /// Of a coerced value: absent members of input objects are absent here.
    init(input: JSON) throws
    /// The value as JSON, for defaults.
    var literal: JSON { get }
}

extension Optional: InputType where Wrapped: InputType {
    package init(input: JSON) throws { self = input == .null ? nil : try Wrapped(input: input) }
    package var literal: JSON { self?.literal ?? .null }
}

extension Array: InputType where Element: InputType {
    package init(input: JSON) throws { self = try (input.arrayValue ?? []).map { try Element(input: $0) } }
    package var literal: JSON { .array(map(\.literal)) }
}

/// A Swift type that is an input object.
package protocol InputObject: InputType {
    static var inputType: InputDefinition<Self> { get }
    static var typeName: String { get }
}

extension InputObject {
    package static var reference: TypeReference { .nonNull(.named(typeName)) }
    package init(input: JSON) throws { self = try Self.inputType.make(input) }
    /// Input objects are no defaults.
    package var literal: JSON { [:] }
    package static func register(in builder: inout SchemaBuilder) {
        builder.add(typeName) { builder in
            let definition = inputType
            definition.register(&builder)
            return .input(
                InputObjectType(
                    name: typeName, description: definition.description, fields: definition.fields, isOneOf: definition.isOneOf))
        }
    }
}

/// An argument, or a field of an input object, of a Swift type.
package struct Argument<Value: InputType>: Sendable {
    let definition: InputValueDefinition

    package init(_ name: String, _ description: String? = nil, default value: Value? = nil, deprecated reason: String? = nil) {
        definition = InputValueDefinition(
            name: name, description: description, type: Value.reference, defaultValue: value?.literal, deprecationReason: reason)
    }

    /// The value among coerced ones; an absent one reads as null.
    func read(_ values: JSONObject) throws -> Value { try Value(input: values[definition.name] ?? .null) }
}

/// The fields of an input object, and how a value is made of theirs.
package struct InputDefinition<Value>: Sendable {
    let description: String?
    let fields: [InputValueDefinition]
    let isOneOf: Bool
    let register: @Sendable (inout SchemaBuilder) -> Void
    let make: @Sendable (JSON) throws -> Value

    package init<each Input: InputType>(
        _ description: String? = nil, isOneOf: Bool = false, _ arguments: repeat Argument<each Input>,
        make: @escaping @Sendable (repeat each Input) throws -> Value
    ) {
        self.description = description
        self.isOneOf = isOneOf
        var fields: [InputValueDefinition] = []
        repeat fields.append((each arguments).definition)
        self.fields = fields
        register = { builder in repeat (each Input).register(in: &builder) }
        self.make = { [arguments = (repeat each arguments)] json in
            let values = json.objectValue ?? [:]
            return try make(repeat try (each arguments).read(values))
        }
    }
}
