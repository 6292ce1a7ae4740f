/// A JSON Schema (2020-12), the subset that structured model output uses: `type`, `properties`, `required`,
/// `additionalProperties: false`, `items`, `enum`, `const`, `anyOf` and the bounds on length, count and value.
package struct JSONSchema: Sendable, Hashable {
    package let json: JSON

    package init(_ json: JSON) { self.json = json }

    /// One thing that is wrong with a value, and where.
    package struct Violation: Sendable, Hashable, CustomStringConvertible {
        package var pointer: JSONPointer
        package var detail: String

        package var description: String {
            "\(pointer.description.isEmpty ? "the answer" : pointer.description) \(detail)"
        }
    }

    /// Everything that is wrong with `value`; empty when it conforms.
    package func violations(in value: JSON) -> [Violation] {
        Self.violations(in: value, schema: json, at: .root)
    }

    private static func violations(in value: JSON, schema: JSON, at pointer: JSONPointer) -> [Violation] {
        if let alternatives = schema["anyOf"]?.arrayValue {
            let outcomes = alternatives.map { violations(in: value, schema: $0, at: pointer) }
            return outcomes.contains(where: \.isEmpty) ? [] : outcomes.first ?? []
        }
        if let problem = typeProblem(value, schema: schema) { return [Violation(pointer: pointer, detail: problem)] }
        var found = scalarProblems(value, schema: schema).map { Violation(pointer: pointer, detail: $0) }
        if case .array(let elements) = value, let items = schema["items"] {
            for (index, element) in elements.enumerated() {
                found += violations(in: element, schema: items, at: pointer.appending(index))
            }
        }
        if case .object(let object) = value {
            found += memberViolations(in: object, schema: schema, at: pointer)
        }
        return found
    }

    private static func typeProblem(_ value: JSON, schema: JSON) -> String? {
        let allowed: [String]
        switch schema["type"] {
        case .string(let name)?: allowed = [name]
        case .array(let names)?: allowed = names.compactMap(\.stringValue)
        default: return nil
        }
        let matches = allowed.contains { name in
            switch name {
            case "integer": value.integerValue != nil
            case "number": value.doubleValue != nil
            default: name == value.typeName
            }
        }
        return matches ? nil : "must be of type \(allowed.joined(separator: " or ")), not \(value.typeName)"
    }

    private static func scalarProblems(_ value: JSON, schema: JSON) -> [String] {
        var problems: [String] = []
        if let allowed = schema["enum"]?.arrayValue, !allowed.contains(value) {
            problems.append("must be one of \(JSON.array(allowed).text)")
        }
        if let constant = schema["const"], constant != value { problems.append("must be \(constant.text)") }
        func check(_ keyword: String, _ measure: Int?, _ isWrong: (Int, Int) -> Bool, _ sentence: (Int, Int) -> String) {
            guard let measure, let bound = schema[keyword]?.integerValue, isWrong(measure, bound) else { return }
            problems.append(sentence(measure, bound))
        }
        let length = value.stringValue?.unicodeScalars.count
        check("minLength", length, <) { "has \($0) characters, fewer than \($1)" }
        check("maxLength", length, >) { "has \($0) characters, more than \($1)" }
        let count = value.arrayValue?.count
        check("minItems", count, <) { "has \($0) items, fewer than \($1)" }
        check("maxItems", count, >) { "has \($0) items, more than \($1)" }
        if let number = value.doubleValue {
            if let minimum = schema["minimum"]?.doubleValue, number < minimum { problems.append("is below \(minimum)") }
            if let maximum = schema["maximum"]?.doubleValue, number > maximum { problems.append("is above \(maximum)") }
        }
        return problems
    }

    private static func memberViolations(in object: JSONObject, schema: JSON, at pointer: JSONPointer) -> [Violation] {
        var found: [Violation] = []
        for name in schema["required"]?.arrayValue?.compactMap(\.stringValue) ?? [] where object[name] == nil {
            found.append(Violation(pointer: pointer.appending(name), detail: "is missing"))
        }
        for member in object {
            if let property = schema["properties"]?[member.key] {
                found += violations(in: member.value, schema: property, at: pointer.appending(member.key))
            } else if schema["additionalProperties"] == .bool(false) {
                found.append(Violation(pointer: pointer.appending(member.key), detail: "is not a known member"))
            }
        }
        return found
    }
}
