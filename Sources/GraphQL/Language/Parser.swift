/// Reads executable documents; a type system in one is an error, since no request can use it.
struct Parser {
    private var lexer: Lexer
    private var token: Token
    private let nestingLimit: Int
    private var nesting = 0

    /// - Throws: `GraphQLError` for the first thing that is no GraphQL, or is beyond a limit.
    static func parse(_ source: String, limits: GraphQLLimits = GraphQLLimits()) throws(GraphQLError) -> Document {
        let bytes = Array(source.utf8)
        guard bytes.count <= limits.documentBytes else {
            throw GraphQLError("The document is larger than \(limits.documentBytes) bytes.", code: "DOCUMENT_LIMIT_EXCEEDED")
        }
        var parser = try Parser(bytes, limits)
        return try parser.document()
    }

    private init(_ bytes: [UInt8], _ limits: GraphQLLimits) throws(GraphQLError) {
        lexer = Lexer(bytes, tokenLimit: limits.tokens)
        nestingLimit = limits.nesting
        token = try lexer.next()
    }

    // MARK: Tokens

    private mutating func advance() throws(GraphQLError) -> Token {
        let current = token
        token = try lexer.next()
        return current
    }

    private mutating func skip(_ kind: Token.Kind) throws(GraphQLError) -> Bool {
        guard token.kind == kind else { return false }
        token = try lexer.next()
        return true
    }

    @discardableResult private mutating func expect(_ kind: Token.Kind, _ what: String) throws(GraphQLError) -> Token {
        guard token.kind == kind else { throw unexpected("expected \(what)") }
        return try advance()
    }

    private func unexpected(_ wish: String) -> GraphQLError {
        lexer.failure("Syntax error: \(wish), found \(token.shown).", at: token.start)
    }

    private mutating func name(_ what: String = "a name") throws(GraphQLError) -> Name {
        let token = try expect(.name, what)
        return Name(text: token.text, offset: token.start)
    }

    private mutating func keyword(_ word: String) throws(GraphQLError) -> Bool {
        guard token.kind == .name, token.text == word else { return false }
        token = try lexer.next()
        return true
    }

    /// Goes one level down, as far as the limit allows.
    private mutating func nested<Value>(
        _ body: (inout Parser) throws(GraphQLError) -> Value
    ) throws(GraphQLError) -> Value {
        nesting += 1
        defer { nesting -= 1 }
        guard nesting <= nestingLimit else {
            throw lexer.failure(
                "The document is nested more than \(nestingLimit) levels deep.", at: token.start, code: "NESTING_DEPTH_EXCEEDED")
        }
        return try body(&self)
    }

    // MARK: Definitions

    private mutating func document() throws(GraphQLError) -> Document {
        var document = Document(bytes: lexer.bytes)
        repeat { try definition(&document) } while token.kind != .end
        return document
    }

    private mutating func definition(_ document: inout Document) throws(GraphQLError) {
        let start = token.start
        if token.kind == .leftBrace {
            let selections = try selectionSet()
            document.operations.append(
                OperationDefinition(kind: .query, nameNode: nil, variables: [], directives: [], selections: selections, offset: start))
            return
        }
        let isDescribed = try skip(.string) ? true : try skip(.blockString)
        guard token.kind == .name else {
            throw unexpected(isDescribed ? "a definition behind its description" : "an operation or a fragment")
        }
        if try keyword("fragment") {
            document.fragments.append(try fragment(start))
        } else if let kind = OperationKind(rawValue: token.text) {
            _ = try advance()
            document.operations.append(try operation(kind, start))
        } else {
            throw unexpected("query, mutation, subscription or fragment")
        }
    }

    private mutating func operation(_ kind: OperationKind, _ start: Int) throws(GraphQLError) -> OperationDefinition {
        let name: Name? = token.kind == .name ? try name() : nil
        var variables: [VariableDefinition] = []
        if try skip(.leftParenthesis) {
            repeat { variables.append(try variable()) } while try !skip(.rightParenthesis)
        }
        let directives = try directives(isConstant: false)
        return OperationDefinition(
            kind: kind, nameNode: name, variables: variables, directives: directives, selections: try selectionSet(), offset: start)
    }

    private mutating func variable() throws(GraphQLError) -> VariableDefinition {
        if token.kind == .string || token.kind == .blockString { _ = try advance() }
        let start = try expect(.dollar, "a variable").start
        let name = try name()
        try expect(.colon, "a colon and the variable's type")
        let type = try type()
        let value: ValueNode? = try skip(.equals) ? try value(isConstant: true) : nil
        return VariableDefinition(name: name, type: type, defaultValue: value, directives: try directives(isConstant: true), offset: start)
    }

    private mutating func fragment(_ start: Int) throws(GraphQLError) -> FragmentDefinition {
        if token.kind == .name, token.text == "on" { throw unexpected("the fragment's name") }
        let name = try name("the fragment's name")
        guard try keyword("on") else { throw unexpected("\"on\" and the fragment's type") }
        let condition = try self.name("the fragment's type")
        let directives = try directives(isConstant: false)
        return FragmentDefinition(
            name: name, condition: condition, directives: directives, selections: try selectionSet(), offset: start)
    }

    private mutating func type() throws(GraphQLError) -> TypeNode {
        try nested { parser throws(GraphQLError) in
            var type: TypeNode
            if try parser.skip(.leftBracket) {
                type = .list(try parser.type())
                try parser.expect(.rightBracket, "\"]\"")
            } else {
                type = .named(try parser.name("a type"))
            }
            if try parser.skip(.exclamation) { type = .nonNull(type) }
            return type
        }
    }

    // MARK: Selections

    private mutating func selectionSet() throws(GraphQLError) -> SelectionSet {
        try nested { parser throws(GraphQLError) in
            let start = try parser.expect(.leftBrace, "\"{\"").start
            var selections: [Selection] = []
            repeat { selections.append(try parser.selection()) } while try !parser.skip(.rightBrace)
            return SelectionSet(selections: selections, offset: start)
        }
    }

    private mutating func selection() throws(GraphQLError) -> Selection {
        let start = token.start
        guard try skip(.spread) else { return .field(try field()) }
        if token.kind == .name, token.text != "on" {
            return .spread(SpreadNode(name: try name(), directives: try directives(isConstant: false), offset: start))
        }
        let condition: Name? = try keyword("on") ? try name("a type") : nil
        let directives = try directives(isConstant: false)
        return .inline(InlineNode(condition: condition, directives: directives, selections: try selectionSet(), offset: start))
    }

    private mutating func field() throws(GraphQLError) -> FieldNode {
        let start = token.start
        var name = try name("a field or a fragment")
        var alias: Name?
        if try skip(.colon) {
            alias = name
            name = try self.name("a field")
        }
        let arguments = try arguments(isConstant: false)
        let directives = try directives(isConstant: false)
        let selections: SelectionSet? = token.kind == .leftBrace ? try selectionSet() : nil
        return FieldNode(alias: alias, name: name, arguments: arguments, directives: directives, selections: selections, offset: start)
    }

    private mutating func arguments(isConstant: Bool) throws(GraphQLError) -> [ArgumentNode] {
        guard try skip(.leftParenthesis) else { return [] }
        var arguments: [ArgumentNode] = []
        repeat { arguments.append(try member(isConstant: isConstant)) } while try !skip(.rightParenthesis)
        return arguments
    }

    private mutating func member(isConstant: Bool) throws(GraphQLError) -> ArgumentNode {
        let name = try name()
        try expect(.colon, "\":\"")
        return ArgumentNode(name: name, value: try value(isConstant: isConstant))
    }

    private mutating func directives(isConstant: Bool) throws(GraphQLError) -> [DirectiveNode] {
        var directives: [DirectiveNode] = []
        while token.kind == .at {
            let start = try advance().start
            let name = try name("a directive")
            directives.append(DirectiveNode(name: name, arguments: try arguments(isConstant: isConstant), offset: start))
        }
        return directives
    }

    // MARK: Values

    private mutating func value(isConstant: Bool) throws(GraphQLError) -> ValueNode {
        let start = token.start
        switch token.kind {
        case .integer: return ValueNode(kind: .integer(try advance().text), offset: start)
        case .float: return ValueNode(kind: .float(try advance().text), offset: start)
        case .string, .blockString: return ValueNode(kind: .string(try advance().text), offset: start)
        case .name:
            let word = try advance().text
            let kind: ValueNode.Kind =
                switch word {
                case "true": .boolean(true)
                case "false": .boolean(false)
                case "null": .null
                default: .enumeration(word)
                }
            return ValueNode(kind: kind, offset: start)
        case .dollar:
            if isConstant { throw unexpected("a constant value") }
            _ = try advance()
            return ValueNode(kind: .variable(try name().text), offset: start)
        case .leftBracket:
            return try nested { parser throws(GraphQLError) in
                _ = try parser.advance()
                var elements: [ValueNode] = []
                while try !parser.skip(.rightBracket) { elements.append(try parser.value(isConstant: isConstant)) }
                return ValueNode(kind: .list(elements), offset: start)
            }
        case .leftBrace:
            return try nested { parser throws(GraphQLError) in
                _ = try parser.advance()
                var members: [ArgumentNode] = []
                while try !parser.skip(.rightBrace) { members.append(try parser.member(isConstant: isConstant)) }
                return ValueNode(kind: .object(members), offset: start)
            }
        default: throw unexpected("a value")
        }
    }
}
