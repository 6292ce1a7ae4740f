package import JSON

/// A type of a schema (section 3.4).
package enum NamedType: Sendable {
    case scalar(ScalarType)
    case object(ObjectType)
    case interface(InterfaceType)
    case union(UnionType)
    case enumeration(EnumerationType)
    case input(InputObjectType)

    var name: String {
        switch self {
        case .scalar(let type): type.name
        case .object(let type): type.name
        case .interface(let type): type.name
        case .union(let type): type.name
        case .enumeration(let type): type.name
        case .input(let type): type.name
        }
    }

    var description: String? {
        switch self {
        case .scalar(let type): type.description
        case .object(let type): type.description
        case .interface(let type): type.description
        case .union(let type): type.description
        case .enumeration(let type): type.description
        case .input(let type): type.description
        }
    }

    var isInput: Bool {
        switch self {
        case .scalar, .enumeration, .input: true
        case .object, .interface, .union: false
        }
    }

    var isComposite: Bool {
        switch self {
        case .object, .interface, .union: true
        case .scalar, .enumeration, .input: false
        }
    }

    /// Of an object or an interface.
    var fields: [FieldDefinition] {
        switch self {
        case .object(let type): type.fields
        case .interface(let type): type.fields
        default: []
        }
    }

    func field(_ name: String) -> FieldDefinition? { fields.first { $0.name == name } }
}

package struct ScalarType: Sendable {
    package var name: String
    package var description: String?
    package var specifiedByURL: String?
    /// The value as resolvers get it, of a variable's JSON; nil when it is none of this type.
    var parse: @Sendable (JSON) -> JSON?
    /// The same of a literal.
    var parseLiteral: @Sendable (ValueNode) -> JSON?
    /// As answers have it; nil when a resolver's value cannot be shown.
    var serialize: @Sendable (JSON) -> JSON?
}

package struct ObjectType: Sendable {
    package var name: String
    package var description: String?
    package var interfaces: [String] = []
    package var fields: [FieldDefinition]
}

package struct InterfaceType: Sendable {
    package var name: String
    package var description: String?
    package var interfaces: [String] = []
    package var fields: [FieldDefinition]
}

package struct UnionType: Sendable {
    package var name: String
    package var description: String?
    package var members: [String]
}

package struct EnumerationType: Sendable {
    package struct Value: Sendable, Hashable {
        package var name: String
        package var description: String?
        package var deprecationReason: String?

        package init(_ name: String, description: String? = nil, deprecationReason: String? = nil) {
            self.name = name
            self.description = description
            self.deprecationReason = deprecationReason
        }
    }

    package var name: String
    package var description: String?
    package var values: [Value]

    func has(_ value: String) -> Bool { values.contains { $0.name == value } }
}

package struct InputObjectType: Sendable {
    package var name: String
    package var description: String?
    package var fields: [InputValueDefinition]
    /// Whether exactly one field must be given (section 3.10.1).
    package var isOneOf = false

    func field(_ name: String) -> InputValueDefinition? { fields.first { $0.name == name } }
}

/// An argument, or a field of an input object.
package struct InputValueDefinition: Sendable {
    package var name: String
    package var description: String?
    package var type: TypeReference
    package var defaultValue: JSON?
    package var deprecationReason: String?

    var isRequired: Bool { type.isNonNull && defaultValue == nil }
}

/// A field of an object or an interface.
package struct FieldDefinition: Sendable {
    package var name: String
    package var description: String?
    package var arguments: [InputValueDefinition] = []
    package var type: TypeReference
    package var deprecationReason: String?
    /// How long the list is that the field, or a field below it, gives.
    package var size = ListSize.unknown
    var resolver: Resolver
    /// What resolving it costs beside the objects that it gives.
    package var weight = 0

    func argument(_ name: String) -> InputValueDefinition? { arguments.first { $0.name == name } }
}

/// What a list field's cost is multiplied by.
package enum ListSize: Sendable, Hashable {
    /// A list of a size that nobody declared counts as 10.
    case unknown
    case fixed(Int)
    /// As many as the integer argument says.
    case argument(String)
}

/// A directive that documents may use.
struct DirectiveDefinition: Sendable {
    var name: String
    var description: String
    var locations: [String]
    var arguments: [InputValueDefinition] = []
    var isRepeatable = false

    /// Those of section 3.13.
    static let all: [DirectiveDefinition] = [
        DirectiveDefinition(
            name: "include", description: "Includes this field or fragment only when the condition holds.",
            locations: ["FIELD", "FRAGMENT_SPREAD", "INLINE_FRAGMENT"],
            arguments: [InputValueDefinition(name: "if", description: "The condition.", type: .nonNull(.named("Boolean")))]),
        DirectiveDefinition(
            name: "skip", description: "Leaves this field or fragment out when the condition holds.",
            locations: ["FIELD", "FRAGMENT_SPREAD", "INLINE_FRAGMENT"],
            arguments: [InputValueDefinition(name: "if", description: "The condition.", type: .nonNull(.named("Boolean")))]),
        DirectiveDefinition(
            name: "deprecated", description: "Marks what is not to be used any more.",
            locations: ["FIELD_DEFINITION", "ARGUMENT_DEFINITION", "INPUT_FIELD_DEFINITION", "ENUM_VALUE"],
            arguments: [
                InputValueDefinition(
                    name: "reason", description: "Why, and what to use in its place.", type: .nonNull(.named("String")),
                    defaultValue: "No longer supported")
            ]),
        DirectiveDefinition(
            name: "specifiedBy", description: "Names the specification of a scalar.", locations: ["SCALAR"],
            arguments: [InputValueDefinition(name: "url", description: "Where it is.", type: .nonNull(.named("String")))]),
        DirectiveDefinition(
            name: "oneOf", description: "Says that exactly one field of an input object must be given.", locations: ["INPUT_OBJECT"]),
    ]
}
