import JSON

// The schema of the schema (section 4.2), written as any other.

/// The names that introspection adds to every schema.
enum IntrospectionTypes {
    static let all: [String: NamedType] = {
        var builder = SchemaBuilder()
        IntrospectedSchema.register(in: &builder)
        return builder.types
    }()

    static let typeNameField = FieldDefinition(
        name: "__typename", description: "The name of the object's type.", type: .nonNull(.named("String")),
        resolver: .property { _ in throw SchemaDefect("the executor knows type names") })

    /// On the query type. Their sources are the schema itself, which the service puts into the context.
    static let rootFields: [FieldDefinition] = [
        FieldDefinition(
            name: "__schema", description: "The types of this service.", type: IntrospectedSchema.reference,
            resolver: .method { _, _, context in IntrospectedSchema(schema: context.schema).node }),
        FieldDefinition(
            name: "__type", description: "A type by its name.",
            arguments: [InputValueDefinition(name: "name", type: .nonNull(.named("String")))],
            type: IntrospectedType.reference.nullable,
            resolver: .method { _, arguments, context in
                let name = arguments.values["name"]?.stringValue ?? ""
                let schema = context.schema
                return schema.type(name) == nil ? .null : IntrospectedType(schema: schema, type: .named(name)).node
            }),
    ]
}

struct IntrospectedSchema: ObjectOutput {
    let schema: Schema

    static let typeName = "__Schema"
    static var objectType: ObjectDefinition<Self> {
        ObjectDefinition(
            "The types and directives of a service.",
            Field("description", \.schema.description),
            Field("types", "Every type, those of introspection too.", \.types),
            Field("queryType", \.queryType), Field("mutationType", \.mutationType), Field("subscriptionType", \.subscriptionType),
            Field("directives", \.directives))
    }

    var types: [IntrospectedType] {
        (schema.typeNames + IntrospectionTypes.all.keys.filter { !schema.typeNames.contains($0) }.sorted())
            .map { IntrospectedType(schema: schema, type: .named($0)) }
    }

    var queryType: IntrospectedType { IntrospectedType(schema: schema, type: .named(schema.query)) }
    var mutationType: IntrospectedType? { schema.mutation.map { IntrospectedType(schema: schema, type: .named($0)) } }
    var subscriptionType: IntrospectedType? { schema.subscription.map { IntrospectedType(schema: schema, type: .named($0)) } }
    var directives: [IntrospectedDirective] { schema.directives.map { IntrospectedDirective(schema: schema, directive: $0) } }
}

enum TypeKind: String, EnumerationOutput {
    case scalar, object, interface, union, `enum`, inputObject, list, nonNull

    static let typeName = "__TypeKind"
    static let typeDescription: String? = "What kind of type it is."
}

/// A type, or a wrapper around one.
struct IntrospectedType: ObjectOutput {
    let schema: Schema
    let type: TypeReference

    static let typeName = "__Type"
    static var objectType: ObjectDefinition<Self> {
        ObjectDefinition(
            "A type: named, or a list or non-null wrapper around another.",
            Field("kind", \.kind), Field("name", \.name), Field("description", \.description),
            Field("specifiedByURL", \.specifiedByURL),
            Field("fields", nil, Argument<Bool>("includeDeprecated", default: false)) { type, _, all in
                type.fields(includeDeprecated: all)
            },
            Field("interfaces", \.interfaces), Field("possibleTypes", \.possibleTypes),
            Field("enumValues", nil, Argument<Bool>("includeDeprecated", default: false)) { type, _, all in
                type.values(includeDeprecated: all)
            },
            Field("inputFields", nil, Argument<Bool>("includeDeprecated", default: false)) { type, _, all in
                type.inputFields(includeDeprecated: all)
            },
            Field("ofType", \.wrapped), Field("isOneOf", \.isOneOf))
    }

    private var named: NamedType? {
        if case .named(let name) = type { schema.type(name) } else { nil }
    }

    private func reference(_ name: String) -> IntrospectedType { IntrospectedType(schema: schema, type: .named(name)) }

    var kind: TypeKind {
        switch type {
        case .list: return .list
        case .nonNull: return .nonNull
        case .named: break
        }
        return switch named {
        case .object: .object
        case .interface: .interface
        case .union: .union
        case .enumeration: .enum
        case .input: .inputObject
        case .scalar, nil: .scalar
        }
    }

    var name: String? { named?.name }
    var description: String? { named?.description }

    var specifiedByURL: String? {
        if case .scalar(let scalar)? = named { scalar.specifiedByURL } else { nil }
    }

    func fields(includeDeprecated: Bool) -> [IntrospectedField]? {
        switch named {
        case .object, .interface:
            (named?.fields ?? []).filter { includeDeprecated || $0.deprecationReason == nil }
                .map { IntrospectedField(schema: schema, field: $0) }
        default: nil
        }
    }

    var interfaces: [IntrospectedType]? {
        switch named {
        case .object(let object): object.interfaces.map(reference)
        case .interface(let interface): interface.interfaces.map(reference)
        default: nil
        }
    }

    var possibleTypes: [IntrospectedType]? {
        switch named {
        case .union(let union): union.members.map(reference)
        case .interface(let interface):
            schema.typeNames.filter { schema.possibleTypes(interface.name).contains($0) }.map(reference)
        default: nil
        }
    }

    func values(includeDeprecated: Bool) -> [IntrospectedValue]? {
        guard case .enumeration(let enumeration)? = named else { return nil }
        return enumeration.values.filter { includeDeprecated || $0.deprecationReason == nil }.map(IntrospectedValue.init)
    }

    func inputFields(includeDeprecated: Bool) -> [IntrospectedInput]? {
        guard case .input(let input)? = named else { return nil }
        return IntrospectedInput.list(input.fields, schema, includeDeprecated: includeDeprecated)
    }

    var wrapped: IntrospectedType? {
        switch type {
        case .list(let inner), .nonNull(let inner): IntrospectedType(schema: schema, type: inner)
        case .named: nil
        }
    }

    var isOneOf: Bool? {
        if case .input(let input)? = named { input.isOneOf } else { nil }
    }
}

struct IntrospectedField: ObjectOutput {
    let schema: Schema
    let field: FieldDefinition

    static let typeName = "__Field"
    static var objectType: ObjectDefinition<Self> {
        ObjectDefinition(
            "A field of an object or an interface.",
            Field("name", \.field.name), Field("description", \.field.description),
            Field("args", nil, Argument<Bool>("includeDeprecated", default: false)) { field, _, all in
                IntrospectedInput.list(field.field.arguments, field.schema, includeDeprecated: all)
            },
            Field("type", \.type), Field("isDeprecated", \.isDeprecated), Field("deprecationReason", \.field.deprecationReason))
    }

    var type: IntrospectedType { IntrospectedType(schema: schema, type: field.type) }
    var isDeprecated: Bool { field.deprecationReason != nil }
}

struct IntrospectedInput: ObjectOutput {
    let schema: Schema
    let input: InputValueDefinition

    static let typeName = "__InputValue"
    static var objectType: ObjectDefinition<Self> {
        ObjectDefinition(
            "An argument, or a field of an input object.",
            Field("name", \.input.name), Field("description", \.input.description), Field("type", \.type),
            Field("defaultValue", "As a document would write it.", \.defaultValue),
            Field("isDeprecated", \.isDeprecated), Field("deprecationReason", \.input.deprecationReason))
    }

    static func list(_ inputs: [InputValueDefinition], _ schema: Schema, includeDeprecated: Bool) -> [IntrospectedInput] {
        inputs.filter { includeDeprecated || $0.deprecationReason == nil }.map { IntrospectedInput(schema: schema, input: $0) }
    }

    var type: IntrospectedType { IntrospectedType(schema: schema, type: input.type) }
    var defaultValue: String? { input.defaultValue.map { SDLPrinter(schema: schema).literal($0, as: input.type) } }
    var isDeprecated: Bool { input.deprecationReason != nil }
}

struct IntrospectedValue: ObjectOutput {
    let value: EnumerationType.Value

    static let typeName = "__EnumValue"
    static var objectType: ObjectDefinition<Self> {
        ObjectDefinition(
            "A value of an enumeration.",
            Field("name", \.value.name), Field("description", \.value.description), Field("isDeprecated", \.isDeprecated),
            Field("deprecationReason", \.value.deprecationReason))
    }

    var isDeprecated: Bool { value.deprecationReason != nil }
}

struct IntrospectedDirective: ObjectOutput {
    let schema: Schema
    let directive: DirectiveDefinition

    static let typeName = "__Directive"
    static var objectType: ObjectDefinition<Self> {
        ObjectDefinition(
            "A directive that documents or schemas may use.",
            Field("name", \.directive.name), Field("description", \.description), Field("isRepeatable", \.directive.isRepeatable),
            Field("locations", \.locations),
            Field("args", nil, Argument<Bool>("includeDeprecated", default: false)) { directive, _, all in
                IntrospectedInput.list(directive.directive.arguments, directive.schema, includeDeprecated: all)
            })
    }

    var description: String? { directive.description }
    var locations: [DirectiveLocation] {
        directive.locations.compactMap { name in DirectiveLocation.allCases.first { $0.graphQLName == name } }
    }
}

enum DirectiveLocation: String, EnumerationOutput {
    case query, mutation, subscription, field, fragmentDefinition, fragmentSpread, inlineFragment, variableDefinition
    case schema, scalar, object, fieldDefinition, argumentDefinition, interface, union, `enum`, enumValue, inputObject
    case inputFieldDefinition

    static let typeName = "__DirectiveLocation"
    static let typeDescription: String? = "Where a directive can stand."
}
