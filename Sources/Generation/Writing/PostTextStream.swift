/// Finds the post's lines in a model's JSON answer while it is still coming.
///
/// It reads the answer once, character by character, and gives what stands in the string values of `text`; whether the
/// answer is valid is for others to say at its end.
struct PostTextStream: Sendable {
    private enum State { case between, string, escape, unicode(digits: String) }

    private var state = State.between
    private var current = ""
    private var isValue = false
    private var key = ""
    private var pendingSurrogate: UInt16?
    private var lines = 0

    /// The text that `piece` adds, lines parted by an empty line.
    mutating func feed(_ piece: String) -> String {
        var added = ""
        for scalar in piece.unicodeScalars { take(scalar, &added) }
        return added
    }

    private var isText: Bool { isValue && key == "text" }

    private mutating func take(_ scalar: Unicode.Scalar, _ added: inout String) {
        switch state {
        case .between:
            switch scalar {
            case "\"":
                state = .string
                current = ""
                if isText {
                    if lines > 0 { added += "\n\n" }
                    lines += 1
                }
            case ":": isValue = true
            case ",", "{", "[", "}", "]": isValue = false
            default: break
            }
        case .string:
            switch scalar {
            case "\"":
                state = .between
                if !isValue { key = current }
            case "\\": state = .escape
            default: append(scalar, &added)
            }
        case .escape:
            state = .string
            switch scalar {
            case "n": append("\n", &added)
            case "t": append("\t", &added)
            case "r", "b", "f": break
            case "u": state = .unicode(digits: "")
            default: append(scalar, &added)
            }
        case .unicode(let digits):
            let digits = digits + String(scalar)
            guard digits.count == 4 else { return state = .unicode(digits: digits) }
            state = .string
            appendUnit(UInt16(digits, radix: 16) ?? 0xFFFD, &added)
        }
    }

    private mutating func append(_ scalar: Unicode.Scalar, _ added: inout String) {
        if isText { added.unicodeScalars.append(scalar) } else { current.unicodeScalars.append(scalar) }
    }

    private mutating func appendUnit(_ unit: UInt16, _ added: inout String) {
        if UTF16.isLeadSurrogate(unit) { return pendingSurrogate = unit }
        let units = [pendingSurrogate, unit].compactMap { $0 }
        pendingSurrogate = nil
        for scalar in String(decoding: units, as: UTF16.self).unicodeScalars { append(scalar, &added) }
    }
}
