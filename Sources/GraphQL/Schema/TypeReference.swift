/// A type where it is used, with its wrappers (section 3.4.1).
package indirect enum TypeReference: Sendable, Hashable, CustomStringConvertible {
    case named(String)
    case list(TypeReference)
    case nonNull(TypeReference)

    package var description: String {
        switch self {
        case .named(let name): name
        case .list(let type): "[\(type)]"
        case .nonNull(let type): "\(type)!"
        }
    }

    /// The type inside all wrappers.
    var name: String {
        switch self {
        case .named(let name): name
        case .list(let type), .nonNull(let type): type.name
        }
    }

    var isNonNull: Bool { if case .nonNull = self { true } else { false } }

    var isList: Bool { if case .list = nullable { true } else { false } }

    /// Without an outermost `!`.
    var nullable: TypeReference { if case .nonNull(let type) = self { type } else { self } }

    /// The type of a list's elements; nil of anything else.
    var element: TypeReference? { if case .list(let type) = nullable { type } else { nil } }
}
