/// An executable document (section 2.2): values with the offsets of their first bytes.
struct Document: Sendable {
    var operations: [OperationDefinition] = []
    var fragments: [FragmentDefinition] = []
    /// The text, for locations.
    let bytes: [UInt8]

    func location(_ offset: Int) -> SourceLocation { SourceLocation(offset: offset, in: bytes) }

    func fragment(_ name: String) -> FragmentDefinition? { fragments.first { $0.name.text == name } }
}

struct Name: Sendable, Hashable {
    var text: String
    var offset: Int
}

package enum OperationKind: String, Sendable, CaseIterable { case query, mutation, subscription }

struct OperationDefinition: Sendable {
    var kind: OperationKind
    var nameNode: Name?
    var variables: [VariableDefinition]
    var directives: [DirectiveNode]
    var selections: SelectionSet
    var offset: Int

    var name: String? { nameNode?.text }
}

struct FragmentDefinition: Sendable {
    var name: Name
    var condition: Name
    var directives: [DirectiveNode]
    var selections: SelectionSet
    var offset: Int
}

struct VariableDefinition: Sendable {
    var name: Name
    var type: TypeNode
    var defaultValue: ValueNode?
    var directives: [DirectiveNode]
    var offset: Int
}

struct DirectiveNode: Sendable {
    var name: Name
    var arguments: [ArgumentNode]
    var offset: Int
}

struct ArgumentNode: Sendable {
    var name: Name
    var value: ValueNode
}

/// Fields and fragments between braces; the offset tells one from another.
struct SelectionSet: Sendable {
    var selections: [Selection]
    var offset: Int
}

enum Selection: Sendable {
    case field(FieldNode)
    case spread(SpreadNode)
    case inline(InlineNode)

    var directives: [DirectiveNode] {
        switch self {
        case .field(let field): field.directives
        case .spread(let spread): spread.directives
        case .inline(let inline): inline.directives
        }
    }
}

struct FieldNode: Sendable {
    var alias: Name?
    var name: Name
    var arguments: [ArgumentNode]
    var directives: [DirectiveNode]
    var selections: SelectionSet?
    var offset: Int

    var responseName: String { alias?.text ?? name.text }
}

struct SpreadNode: Sendable {
    var name: Name
    var directives: [DirectiveNode]
    var offset: Int
}

struct InlineNode: Sendable {
    var condition: Name?
    var directives: [DirectiveNode]
    var selections: SelectionSet
    var offset: Int
}

indirect enum TypeNode: Sendable {
    case named(Name)
    case list(TypeNode)
    case nonNull(TypeNode)

    var name: Name {
        switch self {
        case .named(let name): name
        case .list(let type), .nonNull(let type): type.name
        }
    }

    var reference: TypeReference {
        switch self {
        case .named(let name): .named(name.text)
        case .list(let type): .list(type.reference)
        case .nonNull(let type): .nonNull(type.reference)
        }
    }
}

/// A literal, or a variable in the place of one (section 2.9).
struct ValueNode: Sendable {
    indirect enum Kind: Sendable {
        case variable(String)
        /// Digits as written.
        case integer(String)
        case float(String)
        case string(String)
        case boolean(Bool)
        case null
        case enumeration(String)
        case list([ValueNode])
        case object([ArgumentNode])
    }

    var kind: Kind
    var offset: Int

    var isNull: Bool { if case .null = kind { true } else { false } }

    var variable: String? { if case .variable(let name) = kind { name } else { nil } }
}
