// Operations and fragments as wholes: sections 5.2 and 5.5.

extension Validator {
    /// Names are unique; an operation without a name stands alone.
    mutating func checkNames() {
        var seen: Set<String> = []
        for operation in document.operations {
            if let name = operation.nameNode {
                if !seen.insert(name.text).inserted { report("There is more than one operation \"\(name.text)\".", at: name.offset) }
            } else if document.operations.count > 1 {
                report("An operation without a name must be the only one.", at: operation.offset)
            }
            if schema.rootType(operation.kind) == nil {
                report("This service has no \(operation.kind.rawValue)s.", at: operation.offset)
            }
        }
        seen = []
        for fragment in document.fragments where !seen.insert(fragment.name.text).inserted {
            report("There is more than one fragment \"\(fragment.name.text)\".", at: fragment.name.offset)
        }
    }

    /// Fragments are known, used, and do not contain themselves.
    mutating func checkFragmentUse() {
        for spread in notes.values.flatMap(\.spreads).sorted(by: { $0.offset < $1.offset })
        where fragments[spread.name.text] == nil {
            report("There is no fragment \"\(spread.name.text)\".", at: spread.name.offset)
        }
        var used: Set<String> = []
        for place in document.operations.indices { used.formUnion(reachable(from: .operation(place))) }
        for fragment in document.fragments where !used.contains(fragment.name.text) {
            report("The fragment \"\(fragment.name.text)\" is never used.", at: fragment.offset)
        }
        var state: [String: Bool] = [:]
        for fragment in document.fragments where hasCycle(fragment.name.text, &state) {
            report("The fragment \"\(fragment.name.text)\" contains itself.", at: fragment.offset)
            return
        }
    }

    /// Depth first; `state` is false on the way down and true behind.
    private func hasCycle(_ name: String, _ state: inout [String: Bool]) -> Bool {
        if let isDone = state[name] { return !isDone }
        state[name] = false
        for spread in notes[.fragment(name)]?.spreads ?? [] where fragments[spread.name.text] != nil {
            if hasCycle(spread.name.text, &state) { return true }
        }
        state[name] = true
        return false
    }

    /// Names of the fragments that the definition spreads, directly or through others.
    func reachable(from definition: Definition) -> Set<String> {
        var found: Set<String> = []
        var open = [definition]
        while let next = open.popLast() {
            for spread in notes[next]?.spreads ?? [] where found.insert(spread.name.text).inserted {
                open.append(.fragment(spread.name.text))
            }
        }
        return found
    }

    /// One field at the root, not of introspection, and unconditional (section 5.2.4.1).
    mutating func checkSubscription(_ operation: OperationDefinition) {
        guard let root = schema.rootType(.subscription) else { return }
        var names: Set<String> = []
        var isConditional = false
        var hasIntrospection = false
        var visited: Set<String> = []
        func collect(_ set: SelectionSet) {
            for selection in set.selections {
                if selection.directives.contains(where: { $0.name.text == "skip" || $0.name.text == "include" }) { isConditional = true }
                switch selection {
                case .field(let field):
                    names.insert(field.responseName)
                    if field.name.text.hasPrefix("__") { hasIntrospection = true }
                case .spread(let spread):
                    guard visited.insert(spread.name.text).inserted, let fragment = fragments[spread.name.text],
                        schema.possibleTypes(fragment.condition.text).contains(root)
                    else { continue }
                    collect(fragment.selections)
                case .inline(let inline):
                    guard inline.condition.map({ schema.possibleTypes($0.text).contains(root) }) ?? true else { continue }
                    collect(inline.selections)
                }
            }
        }
        collect(operation.selections)
        if isConditional { report("A subscription's root field must not have @skip or @include.", at: operation.offset) }
        if names.count > 1 { report("A subscription must select one root field, not \(names.count).", at: operation.offset) }
        if hasIntrospection { report("A subscription must not select an introspection field at its root.", at: operation.offset) }
    }
}
