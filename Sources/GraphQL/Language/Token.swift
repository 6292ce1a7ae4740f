/// A lexical token (section 2.1.6), or the end of the source.
struct Token: Sendable, Equatable {
    enum Kind: Sendable, Equatable {
        case exclamation, dollar, ampersand, leftParenthesis, rightParenthesis, spread, colon, equals, at, leftBracket, rightBracket
        case leftBrace, pipe, rightBrace
        case name, integer, float, string, blockString
        case end
    }

    var kind: Kind
    /// Offset of its first byte.
    var start: Int
    /// The name, the number's digits, or the string's value.
    var text = ""

    /// As an error names it.
    var shown: String {
        switch kind {
        case .exclamation: "\"!\""
        case .dollar: "\"$\""
        case .ampersand: "\"&\""
        case .leftParenthesis: "\"(\""
        case .rightParenthesis: "\")\""
        case .spread: "\"...\""
        case .colon: "\":\""
        case .equals: "\"=\""
        case .at: "\"@\""
        case .leftBracket: "\"[\""
        case .rightBracket: "\"]\""
        case .leftBrace: "\"{\""
        case .pipe: "\"|\""
        case .rightBrace: "\"}\""
        case .name: "\"\(text)\""
        case .integer, .float: text
        case .string, .blockString: "a string"
        case .end: "the end of the document"
        }
    }
}
