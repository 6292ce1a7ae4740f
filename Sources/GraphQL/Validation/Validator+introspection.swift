// How deep introspection may look. The specification leaves it to the service; the standard introspection query needs
// lists of fields within lists of types, and nothing deeper.

extension Validator {
    private static var listLimit: Int { 3 }
    private static var lists: Set<String> { ["fields", "interfaces", "possibleTypes", "inputFields"] }

    mutating func checkIntrospectionDepth() {
        var roots: [FieldNode] = []
        func find(_ set: SelectionSet) {
            for selection in set.selections {
                switch selection {
                case .field(let field):
                    if field.name.text == "__schema" || field.name.text == "__type" { roots.append(field) }
                    if let selections = field.selections { find(selections) }
                case .inline(let inline): find(inline.selections)
                case .spread: break
                }
            }
        }
        for operation in document.operations { find(operation.selections) }
        for fragment in document.fragments { find(fragment.selections) }
        var depths: [String: Int] = [:]
        for root in roots {
            var open: Set<String> = []
            guard let selections = root.selections else { continue }
            if listDepth(of: selections, &depths, &open) >= Self.listLimit {
                report("Introspection looks too deep into lists.", at: root.offset, code: "INTROSPECTION_DEPTH_EXCEEDED")
            }
        }
    }

    /// How many of those lists stand within each other; each fragment is measured once.
    private func listDepth(of set: SelectionSet, _ depths: inout [String: Int], _ open: inout Set<String>) -> Int {
        var depth = 0
        for selection in set.selections {
            switch selection {
            case .field(let field):
                let own = Self.lists.contains(field.name.text) ? 1 : 0
                depth = max(depth, own + (field.selections.map { listDepth(of: $0, &depths, &open) } ?? 0))
            case .inline(let inline): depth = max(depth, listDepth(of: inline.selections, &depths, &open))
            case .spread(let spread):
                let name = spread.name.text
                if let known = depths[name] {
                    depth = max(depth, known)
                } else if let fragment = fragments[name], open.insert(name).inserted {
                    let found = listDepth(of: fragment.selections, &depths, &open)
                    open.remove(name)
                    depths[name] = found
                    depth = max(depth, found)
                }
            }
        }
        return depth
    }
}
