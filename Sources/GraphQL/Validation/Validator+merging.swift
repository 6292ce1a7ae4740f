// Fields in set selection merging (section 5.3.2), in the way of S. Adameit, "Overlapping fields can be merged fast":
// fields are grouped by response name and then by parent type, and each group is compared with its first member.

/// A field with the type that it is selected on.
private struct SelectedField {
    var node: FieldNode
    var parent: String
    var definition: FieldDefinition
}

extension Validator {
    mutating func checkMerging() {
        var merging = Merging(schema: schema, fragments: fragments, budget: limits.comparisons)
        for operation in document.operations {
            guard let root = schema.rootType(operation.kind) else { continue }
            let fields = merging.fields([(operation.selections, root)])
            merging.checkShapes(fields)
            merging.checkCommonParents(fields)
        }
        for fragment in document.fragments {
            let fields = merging.fields([(fragment.selections, fragment.condition.text)])
            merging.checkShapes(fields)
            merging.checkCommonParents(fields)
        }
        if merging.isExhausted {
            report("The document's fields overlap too often to be compared.", at: 0, code: "OVERLAP_LIMIT_EXCEEDED")
        }
        for conflict in merging.conflicts {
            report("\"\(conflict.name)\" stands for different fields: \(conflict.reason).", at: conflict.first, conflict.second)
        }
    }
}

private struct Merging {
    struct Conflict {
        var name: String
        var reason: String
        var first: Int
        var second: Int
    }

    let schema: Schema
    let fragments: [String: FragmentDefinition]
    var budget: Int
    private(set) var conflicts: [Conflict] = []
    private var checkedShapes: Set<[Int]> = []
    private var checkedParents: Set<[Int]> = []

    init(schema: Schema, fragments: [String: FragmentDefinition], budget: Int) {
        self.schema = schema
        self.fragments = fragments
        self.budget = budget
    }

    var isExhausted: Bool { budget < 0 }
    private var isDone: Bool { isExhausted || !conflicts.isEmpty }

    /// The fields of selection sets, fragments put in their places, in order.
    mutating func fields(_ sets: [(set: SelectionSet, parent: String)]) -> [SelectedField] {
        var found: [SelectedField] = []
        var visited: Set<String> = []
        func collect(_ set: SelectionSet, on parent: String) {
            for selection in set.selections {
                budget -= 1
                guard !isExhausted else { return }
                switch selection {
                case .field(let node):
                    guard let definition = schema.field(node.name.text, of: parent) else { continue }
                    found.append(SelectedField(node: node, parent: parent, definition: definition))
                case .inline(let inline): collect(inline.selections, on: inline.condition?.text ?? parent)
                case .spread(let spread):
                    guard visited.insert(spread.name.text).inserted, let fragment = fragments[spread.name.text] else { continue }
                    collect(fragment.selections, on: fragment.condition.text)
                }
            }
        }
        for (set, parent) in sets { collect(set, on: parent) }
        return found
    }

    private mutating func children(_ group: [SelectedField]) -> [SelectedField] {
        fields(group.compactMap { field in field.node.selections.map { ($0, field.definition.type.name) } })
    }

    private static func byName(_ fields: [SelectedField]) -> [(name: String, fields: [SelectedField])] {
        var order: [String] = []
        var groups: [String: [SelectedField]] = [:]
        for field in fields {
            let name = field.node.responseName
            if groups[name] == nil { order.append(name) }
            groups[name, default: []].append(field)
        }
        return order.map { ($0, groups[$0] ?? []) }
    }

    private mutating func clash(_ name: String, _ reason: String, _ first: SelectedField, _ second: SelectedField) {
        conflicts.append(Conflict(name: name, reason: reason, first: first.node.offset, second: second.node.offset))
    }

    /// All fields of a name have values of one shape, whatever their parents.
    mutating func checkShapes(_ fields: [SelectedField]) {
        guard !isDone, checkedShapes.insert(fields.map(\.node.offset)).inserted else { return }
        for (name, group) in Self.byName(fields) {
            let first = group[0]
            for other in group.dropFirst() {
                budget -= 1
                if !haveSameShape(first.definition.type, other.definition.type) {
                    return clash(name, "\"\(first.definition.type)\" and \"\(other.definition.type)\" have no common shape", first, other)
                }
            }
            let children = children(group)
            if !children.isEmpty { checkShapes(children) }
        }
    }

    private func haveSameShape(_ first: TypeReference, _ second: TypeReference) -> Bool {
        switch (first, second) {
        case (.nonNull(let a), .nonNull(let b)), (.list(let a), .list(let b)): haveSameShape(a, b)
        case (.named(let a), .named(let b)):
            a == b || schema.type(a)?.isComposite == true && schema.type(b)?.isComposite == true
        default: false
        }
    }

    /// Fields of a name whose parents an object can share are the same field with the same arguments.
    mutating func checkCommonParents(_ fields: [SelectedField]) {
        guard !isDone, checkedParents.insert(fields.map(\.node.offset)).inserted else { return }
        for (name, all) in Self.byName(fields) {
            for group in commonParents(all) {
                let first = group[0]
                for other in group.dropFirst() {
                    budget -= 1
                    if first.node.name.text != other.node.name.text {
                        return clash(name, "\"\(first.node.name.text)\" and \"\(other.node.name.text)\"", first, other)
                    }
                    if !haveSameArguments(first.node, other.node) { return clash(name, "their arguments differ", first, other) }
                }
                let children = children(group)
                if !children.isEmpty { checkCommonParents(children) }
            }
        }
    }

    /// Fields on abstract types can meet those on every object type; fields on different object types never meet.
    private func commonParents(_ fields: [SelectedField]) -> [[SelectedField]] {
        let abstract = fields.filter { schema.object($0.parent) == nil }
        var order: [String] = []
        var concrete: [String: [SelectedField]] = [:]
        for field in fields where schema.object(field.parent) != nil {
            if concrete[field.parent] == nil { order.append(field.parent) }
            concrete[field.parent, default: []].append(field)
        }
        return order.isEmpty ? [abstract] : order.map { (concrete[$0] ?? []) + abstract }
    }

    private func haveSameArguments(_ first: FieldNode, _ second: FieldNode) -> Bool {
        guard first.arguments.count == second.arguments.count else { return false }
        return first.arguments.allSatisfy { argument in
            second.arguments.contains { $0.name.text == argument.name.text && $0.value.isSame(as: argument.value) }
        }
    }
}

extension ValueNode {
    /// Whether both say the same; the order of an object's members does not matter.
    fileprivate func isSame(as other: ValueNode) -> Bool {
        switch (kind, other.kind) {
        case (.variable(let a), .variable(let b)), (.integer(let a), .integer(let b)), (.float(let a), .float(let b)),
            (.string(let a), .string(let b)), (.enumeration(let a), .enumeration(let b)):
            a == b
        case (.boolean(let a), .boolean(let b)): a == b
        case (.null, .null): true
        case (.list(let a), .list(let b)): a.count == b.count && zip(a, b).allSatisfy { $0.isSame(as: $1) }
        case (.object(let a), .object(let b)):
            a.count == b.count
                && a.allSatisfy { member in b.contains { $0.name.text == member.name.text && $0.value.isSame(as: member.value) } }
        default: false
        }
    }
}
