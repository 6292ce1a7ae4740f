import JSON

/// Fields of one response name, which are resolved as one.
struct FieldGroup: Sendable {
    var name: String
    var nodes: [FieldNode]
}

/// Collects the fields of selections for an object type (section 6.3.2).
struct FieldCollector {
    private let schema: Schema
    private let variables: JSONObject
    private let document: Document
    private let fragments: [String: FragmentDefinition]
    private var order: [String] = []
    private var groups: [String: [FieldNode]] = [:]
    private var visited: Set<String> = []

    init(_ executor: Executor) {
        schema = executor.schema
        variables = executor.variables
        document = executor.document
        fragments = executor.fragmentsByName
    }

    /// - Throws: for a condition that has no value: a variable that is null in spite of its default.
    func fields(_ sets: [SelectionSet], on type: ObjectType) throws(GraphQLError) -> [FieldGroup] {
        var collector = self
        for set in sets { try collector.collect(set, on: type.name) }
        return collector.order.map { FieldGroup(name: $0, nodes: collector.groups[$0] ?? []) }
    }

    private mutating func collect(_ set: SelectionSet, on type: String) throws(GraphQLError) {
        for selection in set.selections {
            guard try isIncluded(selection.directives) else { continue }
            switch selection {
            case .field(let field):
                let name = field.responseName
                if groups[name] == nil { order.append(name) }
                groups[name, default: []].append(field)
            case .inline(let inline):
                if applies(inline.condition, to: type) { try collect(inline.selections, on: type) }
            case .spread(let spread):
                guard visited.insert(spread.name.text).inserted, let fragment = fragments[spread.name.text],
                    applies(fragment.condition, to: type)
                else { continue }
                try collect(fragment.selections, on: type)
            }
        }
    }

    private func applies(_ condition: Name?, to type: String) -> Bool {
        condition.map { schema.possibleTypes($0.text).contains(type) } ?? true
    }

    private func isIncluded(_ directives: [DirectiveNode]) throws(GraphQLError) -> Bool {
        for directive in directives {
            let name = directive.name.text
            guard name == "skip" || name == "include", let definition = schema.directive(name) else { continue }
            let arguments = try InputCoercion(schema: schema).arguments(
                definition.arguments, directive.arguments, variables: variables, offset: directive.offset, in: document)
            if arguments["if"]?.boolValue == (name == "skip") { return false }
        }
        return true
    }
}
