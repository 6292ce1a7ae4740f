import JSON

/// Values of variables and literals as resolvers get them (sections 3.4 to 3.12, "Input Coercion").
struct InputCoercion {
    let schema: Schema

    /// Why a value is none of its type, and where in it.
    struct Failure: Error {
        var path: [JSON] = []
        var reason: String
    }

    // MARK: Variables

    /// The values of an operation's variables (section 6.1.2).
    ///
    /// - Throws: `GraphQLError` for the first that is not of its type.
    func variables(
        _ definitions: [VariableDefinition], given: JSONObject, in document: Document
    ) throws(GraphQLError) -> JSONObject {
        var values = JSONObject()
        for definition in definitions {
            let name = definition.name.text
            let type = definition.type.reference
            func failure(_ reason: String) -> GraphQLError {
                GraphQLError(
                    "Variable \"$\(name)\" \(reason).", code: .badUserInput, locations: [document.location(definition.offset)])
            }
            if let value = given[name] {
                do throws(Failure) {
                    values[name] = try coerce(value, to: type)
                } catch {
                    let place = error.path.map { $0.stringValue.map { "." + $0 } ?? "[\($0.integerValue ?? 0)]" }.joined()
                    throw failure("got an invalid value\(place.isEmpty ? "" : " at \"\(name)\(place)\""): \(error.reason)")
                }
            } else if let value = definition.defaultValue {
                values[name] = literal(value, as: type, variables: [:])
            } else if type.isNonNull {
                throw failure("of required type \"\(type)\" was not given")
            }
        }
        return values
    }

    private func coerce(_ value: JSON, to type: TypeReference) throws(Failure) -> JSON {
        if case .nonNull(let inner) = type {
            if value == .null { throw Failure(reason: "\"\(type)\" is expected, not null") }
            return try coerce(value, to: inner)
        }
        if value == .null { return .null }
        if case .list(let element) = type {
            guard let values = value.arrayValue else { return .array([try coerce(value, to: element)]) }
            var coerced: [JSON] = []
            for (index, value) in values.enumerated() {
                coerced.append(try located(JSON(index)) { () throws(Failure) in try coerce(value, to: element) })
            }
            return .array(coerced)
        }
        switch schema.type(type.name) {
        case .scalar(let scalar):
            guard let parsed = scalar.parse(value) else { throw Failure(reason: "\(scalar.name) cannot be \(value.shown)") }
            return parsed
        case .enumeration(let enumeration):
            guard let name = value.stringValue, enumeration.has(name) else {
                throw Failure(reason: "\"\(enumeration.name)\" has no value \(value.shown)")
            }
            return value
        case .input(let input): return try coerce(value, to: input)
        default: throw Failure(reason: "\"\(type)\" is no input type")
        }
    }

    private func coerce(_ value: JSON, to input: InputObjectType) throws(Failure) -> JSON {
        guard let members = value.objectValue else { throw Failure(reason: "\"\(input.name)\" is an object") }
        for member in members where input.field(member.key) == nil {
            throw Failure(reason: "\"\(input.name)\" has no field \"\(member.key)\"")
        }
        var object = JSONObject()
        for field in input.fields {
            if let value = members[field.name] {
                object[field.name] = try located(.string(field.name)) { () throws(Failure) in try coerce(value, to: field.type) }
            } else if let value = field.defaultValue {
                object[field.name] = value
            } else if field.type.isNonNull {
                throw Failure(reason: "field \"\(field.name)\" of required type \"\(field.type)\" is missing")
            }
        }
        if input.isOneOf {
            guard members.count == 1, let only = members.members.first, only.value != .null else {
                throw Failure(reason: "\"\(input.name)\" takes exactly one field, and that not null")
            }
        }
        return .object(object)
    }

    private func located<Value>(_ element: JSON, _ body: () throws(Failure) -> Value) throws(Failure) -> Value {
        do throws(Failure) {
            return try body()
        } catch {
            throw Failure(path: [element] + error.path, reason: error.reason)
        }
    }

    // MARK: Literals

    /// A validated literal's value; nil when it is of another type, or names a variable without a value.
    func literal(_ node: ValueNode, as type: TypeReference, variables: JSONObject) -> JSON? {
        if let name = node.variable {
            guard let value = variables[name], value != .null || !type.isNonNull else { return nil }
            return value
        }
        if case .nonNull(let inner) = type { return node.isNull ? nil : literal(node, as: inner, variables: variables) }
        if node.isNull { return .null }
        if case .list(let element) = type {
            guard case .list(let nodes) = node.kind else {
                return literal(node, as: element, variables: variables).map { .array([$0]) }
            }
            var values: [JSON] = []
            for node in nodes {
                // A variable without a value is null in a list.
                if let name = node.variable, variables[name] == nil {
                    if element.isNonNull { return nil }
                    values.append(.null)
                } else if let value = literal(node, as: element, variables: variables) {
                    values.append(value)
                } else {
                    return nil
                }
            }
            return .array(values)
        }
        switch schema.type(type.name) {
        case .scalar(let scalar): return node.hasVariables ? scalar.parse(node.json(variables)) : scalar.parseLiteral(node)
        case .enumeration(let enumeration):
            guard case .enumeration(let name) = node.kind, enumeration.has(name) else { return nil }
            return .string(name)
        case .input(let input): return literal(node, as: input, variables: variables)
        default: return nil
        }
    }

    private func literal(_ node: ValueNode, as input: InputObjectType, variables: JSONObject) -> JSON? {
        guard case .object(let members) = node.kind else { return nil }
        let given = Dictionary(members.map { ($0.name.text, $0.value) }) { first, _ in first }
        guard given.keys.allSatisfy({ input.field($0) != nil }) else { return nil }
        var object = JSONObject()
        for field in input.fields {
            let member = given[field.name]
            if let member, member.variable.map({ variables[$0] != nil }) ?? true {
                guard let value = literal(member, as: field.type, variables: variables) else { return nil }
                object[field.name] = value
            } else if let value = field.defaultValue {
                object[field.name] = value
            } else if field.type.isNonNull {
                return nil
            }
        }
        if input.isOneOf { guard members.count == 1, object.count == 1, object.members[0].value != .null else { return nil } }
        return .object(object)
    }

    // MARK: Arguments

    /// The arguments of a field or a directive (section 6.4.1).
    ///
    /// - Throws: `GraphQLError` for one that has no value and needs one.
    func arguments(
        _ definitions: [InputValueDefinition], _ nodes: [ArgumentNode], variables: JSONObject, offset: Int, in document: Document
    ) throws(GraphQLError) -> JSONObject {
        var values = JSONObject()
        for definition in definitions {
            let node = nodes.first { $0.name.text == definition.name }
            func failure(_ reason: String) -> GraphQLError {
                GraphQLError(
                    "Argument \"\(definition.name)\" of type \"\(definition.type)\" \(reason).", code: .badUserInput,
                    locations: [
                        document.location(node.map { culprit($0.value, as: definition.type, variables) ?? $0.value.offset } ?? offset)
                    ])
            }
            if let node, node.value.variable.map({ variables[$0] != nil }) ?? true {
                guard let value = literal(node.value, as: definition.type, variables: variables) else {
                    let isNull = node.value.variable.map { variables[$0] == .null } ?? node.value.isNull
                    throw failure(isNull ? "must not be null" : "has an invalid value")
                }
                // JSON cannot bring one in either: what is stored is read by programs that take it for an end.
                if value.hasNUL { throw failure("holds a NUL character") }
                values[definition.name] = value
            } else if let value = definition.defaultValue {
                values[definition.name] = value
            } else if definition.type.isNonNull {
                throw failure("is required and has no value")
            }
        }
        return values
    }
}

extension InputCoercion {
    /// Where a validated literal can still be wrong: at a variable that is null, or has no value, where neither may be.
    private func culprit(_ node: ValueNode, as type: TypeReference, _ variables: JSONObject) -> Int? {
        if let name = node.variable { return type.isNonNull && (variables[name] ?? .null) == .null ? node.offset : nil }
        if let element = type.element {
            guard case .list(let nodes) = node.kind else { return culprit(node, as: element, variables) }
            return nodes.lazy.compactMap { culprit($0, as: element, variables) }.first
        }
        guard case .object(let members) = node.kind, case .input(let input)? = schema.type(type.name) else { return nil }
        return members.lazy.compactMap { member in
            input.field(member.name.text).flatMap { culprit(member.value, as: $0.type, variables) }
        }.first
    }
}

extension ValueNode {
    /// The value with its variables filled in; their storage is shared, however often they stand in it.
    fileprivate func json(_ variables: JSONObject) -> JSON {
        switch kind {
        case .variable(let name): variables[name] ?? .null
        case .list(let nodes): .array(nodes.map { $0.json(variables) })
        case .object(let members):
            .object(JSONObject(members.map { .init(key: $0.name.text, value: $0.value.json(variables)) }))
        default: constant ?? .null
        }
    }
}

extension JSON {
    /// For an error: short, and no more than the client sent.
    var shown: String {
        let text = text
        return text.count > 80 ? text.prefix(80) + "…" : text
    }

    var hasNUL: Bool {
        switch self {
        case .string(let text): text.utf8.contains(0)
        case .array(let elements): elements.contains(where: \.hasNUL)
        case .object(let object): object.contains { $0.key.utf8.contains(0) || $0.value.hasNUL }
        default: false
        }
    }

    /// About the bytes that it has as text.
    var size: Int {
        switch self {
        case .string(let text): text.utf8.count + 2
        case .array(let elements): elements.reduce(2) { $0 + $1.size + 1 }
        case .object(let object): object.reduce(2) { $0 + $1.key.utf8.count + $1.value.size + 4 }
        default: 8
        }
    }
}
