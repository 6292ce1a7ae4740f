import JSON

/// How much a request's variables come to where they are used: one that is large may stand in a literal many times.
struct VariableUses {
    private var counts: [String: Int] = [:]

    /// About the bytes of all variables at all their places.
    static func size(_ variables: JSONObject, in document: Document) -> Int {
        let sizes = variables.map { ($0.key, $0.value.size) }
        var uses = VariableUses()
        for operation in document.operations { uses.count(operation.selections, operation.directives) }
        for fragment in document.fragments { uses.count(fragment.selections, fragment.directives) }
        return sizes.reduce(0) { sum, variable in
            let (product, overflows) = variable.1.multipliedReportingOverflow(by: uses.counts[variable.0] ?? 0)
            return overflows ? .max / 2 : min(.max / 2, sum + product)
        }
    }

    private mutating func count(_ set: SelectionSet, _ directives: [DirectiveNode]) {
        count(directives)
        for selection in set.selections {
            count(selection.directives)
            switch selection {
            case .field(let field):
                for argument in field.arguments { count(argument.value) }
                if let selections = field.selections { count(selections, []) }
            case .inline(let inline): count(inline.selections, [])
            case .spread: break
            }
        }
    }

    private mutating func count(_ directives: [DirectiveNode]) {
        for argument in directives.flatMap(\.arguments) { count(argument.value) }
    }

    private mutating func count(_ value: ValueNode) {
        switch value.kind {
        case .variable(let name): counts[name, default: 0] += 1
        case .list(let elements): for element in elements { count(element) }
        case .object(let members): for member in members { count(member.value) }
        default: break
        }
    }
}
