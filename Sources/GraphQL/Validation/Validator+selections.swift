import JSON

// Selections, arguments and directives with their types: sections 5.3 to 5.7.

extension Validator {
    mutating func walk(_ operation: OperationDefinition, _ definition: Definition) {
        var notes = Notes()
        check(operation.directives, at: operation.kind.rawValue.uppercased(), &notes)
        var seen: Set<String> = []
        for variable in operation.variables {
            let name = variable.name
            if !seen.insert(name.text).inserted { report("There is more than one variable \"$\(name.text)\".", at: name.offset) }
            check(variable.directives, at: "VARIABLE_DEFINITION", &notes)
            checkType(of: variable, &notes)
        }
        walk(operation.selections, on: schema.rootType(operation.kind), &notes)
        self.notes[definition] = notes
    }

    private mutating func checkType(of variable: VariableDefinition, _ notes: inout Notes) {
        let named = variable.type.name
        guard let type = schema.type(named.text) else { return report("There is no type \"\(named.text)\".", at: named.offset) }
        guard type.isInput else {
            return report("Variable \"$\(variable.name.text)\" cannot be of the output type \"\(named.text)\".", at: named.offset)
        }
        if let value = variable.defaultValue { check(value, as: variable.type.reference, &notes) }
    }

    mutating func walk(_ fragment: FragmentDefinition) {
        var notes = Notes()
        check(fragment.directives, at: "FRAGMENT_DEFINITION", &notes)
        walk(fragment.selections, on: conditionType(fragment.condition), &notes)
        self.notes[.fragment(fragment.name.text)] = notes
    }

    /// The type's name, where fragments can be on it.
    private mutating func conditionType(_ condition: Name) -> String? {
        guard let type = schema.type(condition.text) else {
            report("There is no type \"\(condition.text)\".", at: condition.offset)
            return nil
        }
        guard type.isComposite else {
            report("A fragment cannot be on \"\(condition.text)\", which has no fields.", at: condition.offset)
            return nil
        }
        return condition.text
    }

    /// - Parameter parent: nil when the type is not known; then only what needs no type is checked.
    private mutating func walk(_ set: SelectionSet, on parent: String?, _ notes: inout Notes) {
        for selection in set.selections {
            switch selection {
            case .field(let field): walk(field, on: parent, &notes)
            case .spread(let spread):
                notes.spreads.append(spread)
                check(spread.directives, at: "FRAGMENT_SPREAD", &notes)
                if let fragment = fragments[spread.name.text] { checkOverlap(fragment.condition.text, parent, spread.offset) }
            case .inline(let inline):
                check(inline.directives, at: "INLINE_FRAGMENT", &notes)
                var type = parent
                if let condition = inline.condition {
                    type = conditionType(condition)
                    checkOverlap(condition.text, parent, inline.offset)
                }
                walk(inline.selections, on: type, &notes)
            }
        }
    }

    /// A fragment that can never apply is a mistake (section 5.5.2.3).
    private mutating func checkOverlap(_ condition: String, _ parent: String?, _ offset: Int) {
        guard let parent, schema.type(condition)?.isComposite == true else { return }
        if schema.possibleTypes(condition).isDisjoint(with: schema.possibleTypes(parent)) {
            report("A fragment on \"\(condition)\" never applies to \"\(parent)\".", at: offset)
        }
    }

    private mutating func walk(_ field: FieldNode, on parent: String?, _ notes: inout Notes) {
        check(field.directives, at: "FIELD", &notes)
        guard let parent else {
            checkUniqueNames(field.arguments)
            for argument in field.arguments { check(argument.value, as: nil, &notes) }
            if let selections = field.selections { walk(selections, on: nil, &notes) }
            return
        }
        guard let definition = schema.field(field.name.text, of: parent) else {
            report("\"\(parent)\" has no field \"\(field.name.text)\".", at: field.offset)
            for argument in field.arguments { check(argument.value, as: nil, &notes) }
            if let selections = field.selections { walk(selections, on: nil, &notes) }
            return
        }
        if !limits.allowsIntrospection, field.name.text == "__schema" || field.name.text == "__type" {
            report("Introspection is off here.", at: field.offset, code: "INTROSPECTION_DISABLED")
        }
        check(field.arguments, definition.arguments, of: "\"\(parent).\(field.name.text)\"", field.offset, &notes)
        let type = definition.type.name
        let isComposite = schema.type(type)?.isComposite == true
        switch field.selections {
        case nil where isComposite:
            report("\"\(field.name.text)\" of type \"\(definition.type)\" must have a selection of fields.", at: field.offset)
        case let selections? where !isComposite:
            report("\"\(field.name.text)\" of type \"\(definition.type)\" has no fields to select.", at: selections.offset)
            walk(selections, on: nil, &notes)
        case let selections?: walk(selections, on: type, &notes)
        case nil: break
        }
    }

    // MARK: Directives and arguments

    private mutating func check(_ directives: [DirectiveNode], at location: String, _ notes: inout Notes) {
        var seen: Set<String> = []
        for directive in directives {
            let name = directive.name.text
            guard let definition = schema.directive(name) else {
                report("There is no directive \"@\(name)\".", at: directive.offset)
                for argument in directive.arguments { check(argument.value, as: nil, &notes) }
                continue
            }
            if !definition.locations.contains(location) {
                report("\"@\(name)\" cannot stand here.", at: directive.offset)
            }
            if !definition.isRepeatable, !seen.insert(name).inserted {
                report("\"@\(name)\" can stand only once in this place.", at: directive.offset)
            }
            check(directive.arguments, definition.arguments, of: "\"@\(name)\"", directive.offset, &notes)
        }
    }

    private mutating func checkUniqueNames(_ arguments: [ArgumentNode]) {
        var seen: Set<String> = []
        for argument in arguments where !seen.insert(argument.name.text).inserted {
            report("There is more than one \"\(argument.name.text)\".", at: argument.name.offset)
        }
    }

    private mutating func check(
        _ nodes: [ArgumentNode], _ definitions: [InputValueDefinition], of owner: String, _ offset: Int, _ notes: inout Notes
    ) {
        checkUniqueNames(nodes)
        for node in nodes {
            let definition = definitions.first { $0.name == node.name.text }
            if definition == nil { report("\(owner) has no argument \"\(node.name.text)\".", at: node.name.offset) }
            check(node.value, as: definition?.type, &notes, hasDefault: definition?.defaultValue != nil)
        }
        for definition in definitions where definition.isRequired && !nodes.contains(where: { $0.name.text == definition.name }) {
            report("\(owner) needs the argument \"\(definition.name)\" of type \"\(definition.type)\".", at: offset)
        }
    }

    // MARK: Values

    /// - Parameter type: nil when it is not known; then only names are checked, and variables noted.
    private mutating func check(
        _ value: ValueNode, as type: TypeReference?, _ notes: inout Notes, hasDefault: Bool = false, isOneOfField: Bool = false
    ) {
        switch value.kind {
        case .variable(let name):
            notes.usages.append(
                VariableUsage(name: name, offset: value.offset, type: type, hasDefault: hasDefault, isOneOfField: isOneOfField))
            return
        case .null:
            if let type, type.isNonNull { report("\"\(type)\" is expected, not null.", at: value.offset) }
            return
        default: break
        }
        guard let type, let named = schema.type(type.name) else { return checkParts(of: value, &notes) }
        if let element = type.element {
            guard case .list(let elements) = value.kind else { return check(value, as: element, &notes) }
            for value in elements { check(value, as: element, &notes) }
            return
        }
        switch named {
        case .input(let input): check(value, as: input, &notes)
        case .enumeration(let enumeration):
            if case .enumeration(let name) = value.kind, enumeration.has(name) { return }
            report("\"\(enumeration.name)\" has no such value.", at: value.offset)
            checkParts(of: value, &notes)
        case .scalar(let scalar):
            // What stands inside a custom scalar's literal has no type; its variables may be of any.
            checkParts(of: value, &notes)
            if !value.hasVariables, scalar.parseLiteral(value) == nil {
                report("The value is no \(scalar.name).", at: value.offset)
            } else if value.hasVariables, Self.builtin.contains(scalar.name) {
                report("The value is no \(scalar.name).", at: value.offset)
            }
        case .object, .interface, .union: checkParts(of: value, &notes)
        }
    }

    private static var builtin: Set<String> { ["Int", "Float", "String", "Boolean", "ID"] }

    /// Names in an object literal are unique, whatever its type; variables are noted.
    private mutating func checkParts(of value: ValueNode, _ notes: inout Notes) {
        switch value.kind {
        case .list(let elements): for element in elements { check(element, as: nil, &notes) }
        case .object(let members):
            checkUniqueNames(members)
            for member in members { check(member.value, as: nil, &notes) }
        default: break
        }
    }

    private mutating func check(_ value: ValueNode, as input: InputObjectType, _ notes: inout Notes) {
        guard case .object(let members) = value.kind else {
            report("\"\(input.name)\" is an object.", at: value.offset)
            return checkParts(of: value, &notes)
        }
        checkUniqueNames(members)
        for member in members {
            let field = input.field(member.name.text)
            if field == nil { report("\"\(input.name)\" has no field \"\(member.name.text)\".", at: member.name.offset) }
            check(
                member.value, as: field?.type, &notes, hasDefault: field?.defaultValue != nil, isOneOfField: input.isOneOf)
        }
        for field in input.fields where field.isRequired && !members.contains(where: { $0.name.text == field.name }) {
            report("\"\(input.name)\" needs the field \"\(field.name)\" of type \"\(field.type)\".", at: value.offset)
        }
        if input.isOneOf, members.count != 1 || members[0].value.isNull {
            report("\"\(input.name)\" takes exactly one field, and that not null.", at: value.offset)
        }
    }
}

extension ValueNode {
    var hasVariables: Bool {
        switch kind {
        case .variable: true
        case .list(let elements): elements.contains(where: \.hasVariables)
        case .object(let members): members.contains { $0.value.hasVariables }
        default: false
        }
    }
}
