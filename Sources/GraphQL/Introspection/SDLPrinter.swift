import JSON

/// Prints a schema in the type system definition language (section 3), for people and for comparison.
package struct SDLPrinter {
    private let schema: Schema

    package init(schema: Schema) { self.schema = schema }

    /// Types in the order in which they are reached from the roots; what every schema has is left out.
    package func print() -> String {
        let types = schema.typeNames.compactMap { schema.type($0) }.filter { !Self.builtin.contains($0.name) }
        return (([schemaDefinition].compactMap(\.self)) + types.map(definition)).joined(separator: "\n\n") + "\n"
    }

    private static var builtin: Set<String> { ["Int", "Float", "String", "Boolean", "ID"] }

    /// Nil where it says only what the names of the roots say.
    private var schemaDefinition: String? {
        let roots = [
            ("query", "Query", schema.query as String?), ("mutation", "Mutation", schema.mutation),
            ("subscription", "Subscription", schema.subscription),
        ]
        let hasUsualNames = roots.allSatisfy { $0.2 == nil || $0.1 == $0.2 }
        if hasUsualNames, schema.description == nil { return nil }
        let lines = roots.compactMap { root in root.2.map { "  \(root.0): \($0)" } }
        return description(schema.description) + "schema {\n" + lines.joined(separator: "\n") + "\n}"
    }

    private func definition(_ type: NamedType) -> String {
        let head = description(type.description)
        switch type {
        case .scalar(let scalar):
            let url = scalar.specifiedByURL.map { " @specifiedBy(url: \(Self.quoted($0)))" } ?? ""
            return head + "scalar \(scalar.name)\(url)"
        case .object(let object):
            return head + "type \(object.name)\(implements(object.interfaces)) {\n\(fields(object.fields))\n}"
        case .interface(let interface):
            return head + "interface \(interface.name)\(implements(interface.interfaces)) {\n\(fields(interface.fields))\n}"
        case .union(let union): return head + "union \(union.name) = \(union.members.joined(separator: " | "))"
        case .enumeration(let enumeration):
            let values = enumeration.values.enumerated().map { index, value in
                description(value.description, indentation: "  ", isFirst: index == 0)
                    + "  \(value.name)\(deprecation(value.deprecationReason))"
            }
            return head + "enum \(enumeration.name) {\n\(values.joined(separator: "\n"))\n}"
        case .input(let input):
            let fields = input.fields.enumerated().map { index, field in
                description(field.description, indentation: "  ", isFirst: index == 0) + "  \(self.input(field))"
            }
            return head + "input \(input.name)\(input.isOneOf ? " @oneOf" : "") {\n\(fields.joined(separator: "\n"))\n}"
        }
    }

    private func implements(_ interfaces: [String]) -> String {
        interfaces.isEmpty ? "" : " implements " + interfaces.joined(separator: " & ")
    }

    private func fields(_ fields: [FieldDefinition]) -> String {
        fields.enumerated().map { index, field in
            description(field.description, indentation: "  ", isFirst: index == 0)
                + "  \(field.name)\(arguments(field.arguments)): \(field.type)\(deprecation(field.deprecationReason))"
        }.joined(separator: "\n")
    }

    private func arguments(_ arguments: [InputValueDefinition]) -> String {
        if arguments.isEmpty { return "" }
        if arguments.allSatisfy({ $0.description == nil }) { return "(" + arguments.map(input).joined(separator: ", ") + ")" }
        let lines = arguments.enumerated().map { index, argument in
            description(argument.description, indentation: "    ", isFirst: index == 0) + "    \(input(argument))"
        }
        return "(\n" + lines.joined(separator: "\n") + "\n  )"
    }

    private func input(_ value: InputValueDefinition) -> String {
        let initial = value.defaultValue.map { " = " + literal($0, as: value.type) } ?? ""
        return "\(value.name): \(value.type)\(initial)\(deprecation(value.deprecationReason))"
    }

    private func deprecation(_ reason: String?) -> String {
        reason.map { $0 == "No longer supported" ? " @deprecated" : " @deprecated(reason: \(Self.quoted($0)))" } ?? ""
    }

    private func description(_ text: String?, indentation: String = "", isFirst: Bool = true) -> String {
        guard let text, !text.isEmpty else { return "" }
        let gap = indentation.isEmpty || isFirst ? "" : "\n"
        let escaped = text.split(separator: "\"\"\"", omittingEmptySubsequences: false).joined(separator: "\\\"\"\"")
        let lines = escaped.split(separator: "\n", omittingEmptySubsequences: false)
        let isLong = lines.count > 1 || text.count > 70 || text.hasSuffix("\"") || text.hasSuffix("\\")
        let block = isLong ? "\n" + lines.joined(separator: "\n") + "\n" : escaped
        let indented = "\"\"\"\(block)\"\"\"".split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0.isEmpty ? "" : indentation + $0 }.joined(separator: "\n")
        return gap + indented + "\n"
    }

    // MARK: Values

    /// A value as a document would write it.
    func literal(_ value: JSON, as type: TypeReference) -> String {
        switch value {
        case .null, .bool, .integer, .number: return value.text
        case .string(let text):
            if case .enumeration? = schema.type(type.name) { return text }
            return Self.quoted(text)
        case .array(let elements):
            return "[" + elements.map { literal($0, as: type.element ?? type) }.joined(separator: ", ") + "]"
        case .object(let object):
            guard case .input(let input)? = schema.type(type.name) else {
                return "{" + object.map { "\($0.key): \(literal($0.value, as: .named("")))" }.joined(separator: ", ") + "}"
            }
            return "{ "
                + object.map { "\($0.key): \(literal($0.value, as: input.field($0.key)?.type ?? .named("")))" }.joined(separator: ", ")
                + " }"
        }
    }

    private static func quoted(_ text: String) -> String { JSON.string(text).text }
}
