import JSON

/// What an operation would cost, measured on the validated document with its fragments expanded.
///
/// Each fragment is measured once for each size of a list around it, so that fragments within fragments cost no more
/// than they are long. Introspection has a budget of its own, which the standard query fits into, and no depth.
struct OperationCost {
    private(set) var depth = 0
    private(set) var aliases = 0
    private(set) var rootFields = 0
    private(set) var directives = 0
    private(set) var cost = 0
    private(set) var introspection = 0

    /// The first limit that the operation is beyond.
    func excess(over limits: GraphQLLimits) -> GraphQLError? {
        func error(_ what: String, _ value: Int, _ limit: Int, _ code: GraphQLError.Code) -> GraphQLError? {
            value > limit ? GraphQLError("The operation has \(what) \(Self.shown(value)); at most \(limit) are allowed.", code: code) : nil
        }
        return error("a depth of", depth, limits.depth, "DEPTH_LIMIT_EXCEEDED")
            ?? error("aliases:", aliases, limits.aliases, "ALIAS_LIMIT_EXCEEDED")
            ?? error("fields at its root:", rootFields, limits.rootFields, "ROOT_FIELD_LIMIT_EXCEEDED")
            ?? error("directives:", directives, limits.directives, "DIRECTIVE_LIMIT_EXCEEDED")
            ?? error("with its lists a cost of", cost, limits.cost, "COST_LIMIT_EXCEEDED")
            ?? error("an introspection cost of", introspection, limits.introspectionCost, "INTROSPECTION_COST_LIMIT_EXCEEDED")
    }

    private static func shown(_ value: Int) -> String { value >= ceiling ? "more than can be counted" : "\(value)" }

    /// Sums stop here, instead of overflowing.
    fileprivate static let ceiling = 1 << 40

    init(of operation: OperationDefinition, in document: Document, schema: Schema, variables: JSONObject) {
        var meter = Meter(document: document, schema: schema, variables: variables)
        let sum = meter.measure(operation.selections, on: schema.rootType(operation.kind) ?? "")
        (depth, aliases, rootFields, cost, introspection) = (sum.depth, sum.aliases, sum.fields, sum.cost, sum.introspection)
        directives = min(Self.ceiling, sum.directives + operation.directives.count)
    }
}

private struct Meter {
    struct Sum {
        var depth = 0
        var aliases = 0
        var directives = 0
        /// Fields of the set itself.
        var fields = 0
        var cost = 0
        var introspection = 0

        mutating func add(_ other: Sum) {
            depth = max(depth, other.depth)
            aliases = min(OperationCost.ceiling, aliases + other.aliases)
            directives = min(OperationCost.ceiling, directives + other.directives)
            fields = min(OperationCost.ceiling, fields + other.fields)
            cost = min(OperationCost.ceiling, cost + other.cost)
            introspection = min(OperationCost.ceiling, introspection + other.introspection)
        }
    }

    let fragments: [String: FragmentDefinition]
    let schema: Schema
    let coercion: InputCoercion
    let document: Document
    let variables: JSONObject
    /// By fragment and the size that the field around it declares.
    private var known: [Key: Sum] = [:]

    private struct Key: Hashable {
        var fragment: String
        var size: Int
    }

    init(document: Document, schema: Schema, variables: JSONObject) {
        fragments = Dictionary(document.fragments.map { ($0.name.text, $0) }) { first, _ in first }
        self.document = document
        self.schema = schema
        self.variables = variables
        coercion = InputCoercion(schema: schema)
    }

    /// - Parameter inherited: the size that a field above declares for the list that is nearest below it, as a
    ///   connection's `first` does for its `edges`.
    mutating func measure(_ set: SelectionSet, on parent: String, inherited: Int = 0) -> Sum {
        var sum = Sum()
        for selection in set.selections {
            sum.directives += selection.directives.count
            switch selection {
            case .field(let field): sum.add(measure(field, on: parent, inherited: inherited))
            case .inline(let inline):
                sum.add(measure(inline.selections, on: inline.condition?.text ?? parent, inherited: inherited))
            case .spread(let spread):
                let key = Key(fragment: spread.name.text, size: inherited)
                if let measured = known[key] {
                    sum.add(measured)
                } else if let fragment = fragments[spread.name.text] {
                    let measured = measure(fragment.selections, on: fragment.condition.text, inherited: inherited)
                    known[key] = measured
                    sum.add(measured)
                }
            }
        }
        return sum
    }

    private mutating func measure(_ field: FieldNode, on parent: String, inherited: Int) -> Sum {
        var sum = Sum(aliases: field.alias == nil ? 0 : 1, fields: 1)
        guard field.name.text != "__typename", let definition = schema.field(field.name.text, of: parent) else { return sum }
        let declared = declaredSize(definition, field)
        let isList = definition.type.isList
        let isComposite = schema.type(definition.type.name)?.isComposite == true
        var inner = Sum()
        if let selections = field.selections {
            inner = measure(selections, on: definition.type.name, inherited: isList ? 0 : declared)
        }
        let own = definition.type.isList && declared == 0 ? (inherited > 0 ? inherited : 10) : max(1, declared)
        let count = isList ? own : 1
        sum.depth = 1 + inner.depth
        sum.aliases += inner.aliases
        sum.directives = inner.directives
        let (cost, overflows) = count.multipliedReportingOverflow(by: (isComposite ? 1 : 0) + inner.cost)
        sum.cost = overflows ? OperationCost.ceiling : min(OperationCost.ceiling, cost + definition.weight)
        if field.name.text == "__schema" || field.name.text == "__type" {
            (sum.depth, sum.introspection, sum.cost) = (1, sum.cost, 0)
        }
        return sum
    }

    /// The size that the field says itself; 0 when it says none.
    private func declaredSize(_ definition: FieldDefinition, _ field: FieldNode) -> Int {
        switch definition.size {
        case .unknown: return 0
        case .fixed(let size): return size
        case .argument(let name):
            guard let argument = definition.argument(name) else { return 0 }
            // An argument that is wrong is told when the field runs.
            let given = field.arguments.first { $0.name.text == name }
                .flatMap { coercion.literal($0.value, as: argument.type, variables: variables) }
            return min(max(1, (given ?? argument.defaultValue)?.integerValue ?? 10), 1 << 20)
        }
    }
}
