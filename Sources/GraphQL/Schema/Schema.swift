/// The types of a service, reachable from its root types.
package struct Schema: Sendable {
    package let description: String?
    let query: String
    let mutation: String?
    let subscription: String?
    /// In the order of their discovery; introspection's own are not among them.
    let typeNames: [String]
    private let types: [String: NamedType]
    /// Names of the object types that a composite type can be.
    private let possible: [String: Set<String>]
    let directives = DirectiveDefinition.all
    private let rootValues: [OperationKind: any Sendable]

    /// - Parameters: the roots, whose fields are those of queries, mutations and subscriptions.
    package init<Query: ObjectOutput, Mutation: ObjectOutput, Subscription: ObjectOutput>(
        description: String? = nil, query: Query, mutation: Mutation? = NoRoot?.none, subscription: Subscription? = NoRoot?.none
    ) {
        var builder = SchemaBuilder()
        Query.register(in: &builder)
        if mutation != nil { Mutation.register(in: &builder) }
        if subscription != nil { Subscription.register(in: &builder) }
        // Introspection refers to these two.
        String.register(in: &builder)
        Bool.register(in: &builder)
        self.description = description
        self.query = Query.typeName
        self.mutation = mutation.map { _ in Mutation.typeName }
        self.subscription = subscription.map { _ in Subscription.typeName }
        typeNames = builder.names
        types = builder.types.merging(IntrospectionTypes.all) { own, _ in own }
        possible = Self.possibleTypes(types)
        var roots: [OperationKind: any Sendable] = [.query: query]
        roots[.mutation] = mutation
        roots[.subscription] = subscription
        rootValues = roots
    }

    private static func possibleTypes(_ types: [String: NamedType]) -> [String: Set<String>] {
        var possible: [String: Set<String>] = [:]
        for type in types.values {
            switch type {
            case .object(let object):
                possible[object.name, default: []].insert(object.name)
                for interface in object.interfaces { possible[interface, default: []].insert(object.name) }
            case .union(let union): possible[union.name, default: []].formUnion(union.members)
            default: break
            }
        }
        return possible
    }

    func type(_ name: String) -> NamedType? { types[name] }

    func object(_ name: String) -> ObjectType? {
        if case .object(let type)? = types[name] { type } else { nil }
    }

    func possibleTypes(_ name: String) -> Set<String> { possible[name] ?? [] }

    func rootType(_ kind: OperationKind) -> String? {
        switch kind {
        case .query: query
        case .mutation: mutation
        case .subscription: subscription
        }
    }

    func rootValue(_ kind: OperationKind) -> any Sendable { rootValues[kind] ?? NoRoot() }

    func directive(_ name: String) -> DirectiveDefinition? { directives.first { $0.name == name } }

    /// The field of a composite type, those of section 4 included.
    func field(_ name: String, of type: String) -> FieldDefinition? {
        if name == "__typename", types[type]?.isComposite == true { return IntrospectionTypes.typeNameField }
        if type == query, let field = IntrospectionTypes.rootFields.first(where: { $0.name == name }) { return field }
        return types[type]?.field(name)
    }

    /// Whether a value of the type can stand where the other is expected.
    func isSubtype(_ type: TypeReference, of expected: TypeReference) -> Bool {
        switch (type, expected) {
        case (.nonNull(let inner), .nonNull(let outer)): isSubtype(inner, of: outer)
        case (_, .nonNull): false
        case (.nonNull(let inner), _): isSubtype(inner, of: expected)
        case (.list(let inner), .list(let outer)): isSubtype(inner, of: outer)
        case (.named(let inner), .named(let outer)): inner == outer || possibleTypes(outer).contains(inner)
        default: false
        }
    }
}

/// In the place of a root type that a schema does not have.
package struct NoRoot: ObjectOutput {
    package static let typeName = ""
    package static var objectType: ObjectDefinition<NoRoot> { ObjectDefinition() }
}

/// Collects the named types that the roots refer to.
package struct SchemaBuilder {
    fileprivate(set) var types: [String: NamedType] = [:]
    fileprivate(set) var names: [String] = []

    /// Adds the type unless it is there; what it refers to may refer to it again.
    mutating func add(_ name: String, _ make: (inout SchemaBuilder) -> NamedType) {
        guard !name.isEmpty, !names.contains(name) else { return }
        names.append(name)
        types[name] = make(&self)
    }

    mutating func add(_ scalar: ScalarType) { add(scalar.name) { _ in .scalar(scalar) } }
}
