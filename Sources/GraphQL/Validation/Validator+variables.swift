// Variables and their uses: section 5.8.

extension Validator {
    mutating func checkVariables(of operation: OperationDefinition, _ place: Int) {
        let definition = Definition.operation(place)
        let definitions = Dictionary(operation.variables.map { ($0.name.text, $0) }) { first, _ in first }
        let reached = [definition] + reachable(from: definition).sorted().map(Definition.fragment)
        var used: Set<String> = []
        for usage in reached.flatMap({ notes[$0]?.usages ?? [] }) {
            used.insert(usage.name)
            guard let variable = definitions[usage.name] else {
                report("There is no variable \"$\(usage.name)\" in this operation.", at: usage.offset, operation.offset)
                continue
            }
            check(usage, of: variable)
        }
        for variable in operation.variables where !used.contains(variable.name.text) {
            report("Variable \"$\(variable.name.text)\" is never used.", at: variable.offset)
        }
    }

    /// Whether a variable of its type can stand there (section 5.8.5).
    private mutating func check(_ usage: VariableUsage, of variable: VariableDefinition) {
        let type = variable.type.reference
        guard let expected = usage.type, schema.type(type.name) != nil else { return }
        var allowed = expected
        if case .nonNull(let inner) = expected, !type.isNonNull {
            let hasValue = variable.defaultValue.map { !$0.isNull } ?? false
            // Either default fills in for a value that is absent.
            if hasValue || usage.hasDefault { allowed = inner }
        }
        if !schema.isSubtype(type, of: allowed) {
            report(
                "Variable \"$\(usage.name)\" of type \"\(type)\" cannot stand where \"\(expected)\" is expected.", at: variable.offset,
                usage.offset)
        }
        if usage.isOneOfField, !type.isNonNull {
            report("Variable \"$\(usage.name)\" must not be nullable to be the one field there.", at: variable.offset, usage.offset)
        }
    }
}
