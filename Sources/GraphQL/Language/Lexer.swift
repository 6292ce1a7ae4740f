/// Cuts a source into tokens; ignored ones (section 2.1.7) are skipped.
struct Lexer {
    let bytes: [UInt8]
    private let tokenLimit: Int
    private var place = 0
    private var count = 0

    init(_ bytes: [UInt8], tokenLimit: Int) {
        self.bytes = bytes
        self.tokenLimit = tokenLimit
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { place = 3 }
    }

    mutating func next() throws(GraphQLError) -> Token {
        skipIgnored()
        guard place < bytes.count else { return Token(kind: .end, start: bytes.count) }
        count += 1
        guard count <= tokenLimit else {
            throw failure("The document has more than \(tokenLimit) tokens.", at: place, code: "TOKEN_LIMIT_EXCEEDED")
        }
        let start = place
        if let kind = Self.punctuator(bytes[place]) {
            place += 1
            return Token(kind: kind, start: start)
        }
        switch bytes[place] {
        case UInt8(ascii: "."):
            guard byte(1) == UInt8(ascii: "."), byte(2) == UInt8(ascii: ".") else { throw unexpected() }
            place += 3
            return Token(kind: .spread, start: start)
        case UInt8(ascii: "\""):
            if byte(1) == UInt8(ascii: "\""), byte(2) == UInt8(ascii: "\"") { return try blockString() }
            return try string()
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        case let byte where Self.isNameStart(byte):
            while place < bytes.count, Self.isNameContinue(bytes[place]) { place += 1 }
            return Token(kind: .name, start: start, text: String(decoding: bytes[start..<place], as: UTF8.self))
        default: throw unexpected()
        }
    }

    private func byte(_ distance: Int) -> UInt8? { place + distance < bytes.count ? bytes[place + distance] : nil }

    private mutating func skipIgnored() {
        while place < bytes.count {
            switch bytes[place] {
            case 0x20, 0x09, 0x0A, 0x0D, UInt8(ascii: ","): place += 1
            case 0xEF where byte(1) == 0xBB && byte(2) == 0xBF: place += 3
            case UInt8(ascii: "#"):
                while place < bytes.count, bytes[place] != 0x0A, bytes[place] != 0x0D { place += 1 }
            default: return
            }
        }
    }

    private static func punctuator(_ byte: UInt8) -> Token.Kind? {
        switch byte {
        case UInt8(ascii: "!"): .exclamation
        case UInt8(ascii: "$"): .dollar
        case UInt8(ascii: "&"): .ampersand
        case UInt8(ascii: "("): .leftParenthesis
        case UInt8(ascii: ")"): .rightParenthesis
        case UInt8(ascii: ":"): .colon
        case UInt8(ascii: "="): .equals
        case UInt8(ascii: "@"): .at
        case UInt8(ascii: "["): .leftBracket
        case UInt8(ascii: "]"): .rightBracket
        case UInt8(ascii: "{"): .leftBrace
        case UInt8(ascii: "|"): .pipe
        case UInt8(ascii: "}"): .rightBrace
        default: nil
        }
    }

    static func isNameStart(_ byte: UInt8) -> Bool {
        (0x41...0x5A).contains(byte & ~0x20) && byte >= 0x41 || byte == UInt8(ascii: "_")
    }

    static func isNameContinue(_ byte: UInt8) -> Bool { isNameStart(byte) || isDigit(byte) }
    static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    // MARK: Numbers

    private mutating func number() throws(GraphQLError) -> Token {
        let start = place
        var kind = Token.Kind.integer
        if bytes[place] == UInt8(ascii: "-") { place += 1 }
        if byte(0) == UInt8(ascii: "0") {
            place += 1
            if let next = byte(0), Self.isDigit(next) { throw unexpected() }
        } else {
            try digits()
        }
        if byte(0) == UInt8(ascii: ".") {
            kind = .float
            place += 1
            try digits()
        }
        if let next = byte(0), next | 0x20 == UInt8(ascii: "e") {
            kind = .float
            place += 1
            if let sign = byte(0), sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { place += 1 }
            try digits()
        }
        if let next = byte(0), next == UInt8(ascii: ".") || Self.isNameStart(next) { throw unexpected() }
        return Token(kind: kind, start: start, text: String(decoding: bytes[start..<place], as: UTF8.self))
    }

    private mutating func digits() throws(GraphQLError) {
        guard let first = byte(0), Self.isDigit(first) else { throw unexpected() }
        while let next = byte(0), Self.isDigit(next) { place += 1 }
    }

    // MARK: Strings

    private mutating func string() throws(GraphQLError) -> Token {
        let start = place
        place += 1
        var value: [UInt8] = []
        while let next = byte(0) {
            switch next {
            case UInt8(ascii: "\""):
                place += 1
                return Token(kind: .string, start: start, text: String(decoding: value, as: UTF8.self))
            case UInt8(ascii: "\\"): try escape(into: &value)
            case 0x0A, 0x0D: throw failure("The string has no end.", at: place)
            default:
                value.append(next)
                place += 1
            }
        }
        throw failure("The string has no end.", at: place)
    }

    private mutating func escape(into value: inout [UInt8]) throws(GraphQLError) {
        let start = place
        place += 2
        switch start + 1 < bytes.count ? bytes[start + 1] : 0 {
        case UInt8(ascii: "\""): value.append(0x22)
        case UInt8(ascii: "\\"): value.append(0x5C)
        case UInt8(ascii: "/"): value.append(0x2F)
        case UInt8(ascii: "b"): value.append(0x08)
        case UInt8(ascii: "f"): value.append(0x0C)
        case UInt8(ascii: "n"): value.append(0x0A)
        case UInt8(ascii: "r"): value.append(0x0D)
        case UInt8(ascii: "t"): value.append(0x09)
        case UInt8(ascii: "u"):
            guard let scalar = unicodeEscape() else { throw failure("The string has an escape that is no character.", at: start) }
            value.append(contentsOf: String(Character(scalar)).utf8)
        default: throw failure("The string has an unknown escape.", at: start)
        }
    }

    /// `\uXXXX`, a pair of them, or `\u{X…}`, behind the `u`.
    private mutating func unicodeEscape() -> Unicode.Scalar? {
        if byte(0) == UInt8(ascii: "{") {
            place += 1
            var value: UInt32 = 0
            var count = 0
            while let digit = byte(0).flatMap(Self.hexadecimal), count < 8 {
                value = value << 4 | digit
                count += 1
                place += 1
            }
            guard count > 0, byte(0) == UInt8(ascii: "}") else { return nil }
            place += 1
            return Unicode.Scalar(value)
        }
        guard let first = fourDigits() else { return nil }
        guard (0xD800...0xDBFF).contains(first) else { return Unicode.Scalar(first) }
        guard byte(0) == UInt8(ascii: "\\"), byte(1) == UInt8(ascii: "u") else { return nil }
        place += 2
        guard let second = fourDigits(), (0xDC00...0xDFFF).contains(second) else { return nil }
        return Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
    }

    private mutating func fourDigits() -> UInt32? {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = byte(0).flatMap(Self.hexadecimal) else { return nil }
            value = value << 4 | digit
            place += 1
        }
        return value
    }

    private static func hexadecimal(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - 0x30)
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - 0x61 + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - 0x41 + 10)
        default: nil
        }
    }

    private mutating func blockString() throws(GraphQLError) -> Token {
        let start = place
        place += 3
        var raw: [UInt8] = []
        while let next = byte(0) {
            if next == 0x22, byte(1) == 0x22, byte(2) == 0x22 {
                place += 3
                return Token(kind: .blockString, start: start, text: BlockString.value(raw))
            }
            if next == 0x5C, byte(1) == 0x22, byte(2) == 0x22, byte(3) == 0x22 {
                raw += [0x22, 0x22, 0x22]
                place += 4
                continue
            }
            raw.append(next)
            place += 1
        }
        throw failure("The block string has no end.", at: place)
    }

    // MARK: Failures

    private func unexpected() -> GraphQLError {
        guard place < bytes.count else { return failure("The document ends in the middle of a token.", at: place) }
        let scalar = String(decoding: bytes[place...].prefix(4), as: UTF8.self).unicodeScalars.first.map { String($0) } ?? ""
        return failure("Unexpected character \"\(scalar)\".", at: place)
    }

    func failure(_ message: String, at offset: Int, code: GraphQLError.Code = .parseFailed) -> GraphQLError {
        GraphQLError(message, code: code, locations: [SourceLocation(offset: offset, in: bytes)])
    }
}

/// Block strings (section 2.9.5).
enum BlockString {
    /// The semantics of a raw block string: without the common indentation and without empty lines at both ends.
    static func value(_ raw: [UInt8]) -> String {
        var lines: [ArraySlice<UInt8>] = []
        var start = 0
        var place = 0
        while place < raw.count {
            if raw[place] == 0x0A || raw[place] == 0x0D {
                lines.append(raw[start..<place])
                if raw[place] == 0x0D, place + 1 < raw.count, raw[place + 1] == 0x0A { place += 1 }
                start = place + 1
            }
            place += 1
        }
        lines.append(raw[start...])
        let indentation = lines.dropFirst().compactMap { line in line.firstIndex { !isBlank($0) }.map { $0 - line.startIndex } }.min() ?? 0
        var cut = lines.enumerated().map { $0.offset == 0 ? $0.element : $0.element.dropFirst(indentation) }[...]
        while let first = cut.first, first.allSatisfy(isBlank) { cut = cut.dropFirst() }
        while let last = cut.last, last.allSatisfy(isBlank) { cut = cut.dropLast() }
        return String(decoding: Array(cut.joined(separator: [0x0A])), as: UTF8.self)
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
}
