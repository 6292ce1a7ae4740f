/// What kind of Markdown block a line belongs to, judged by the line alone.
enum MarkdownLine {
    case blank, fence, rule, tag, plain
    case heading(ArraySlice<UInt8>)
    case tableRow(ArraySlice<UInt8>)
    case item(ArraySlice<UInt8>)

    /// - Parameter line: without spaces at its ends.
    init(_ line: ArraySlice<UInt8>) {
        guard let first = line.first else {
            self = .blank
            return
        }
        switch first {
        case UInt8(ascii: "#"):
            self = .heading(line.drop { $0 == UInt8(ascii: "#") || $0 == 0x20 })
        case UInt8(ascii: "<"):
            self = .tag
        case UInt8(ascii: "|"):
            let cells = line.dropFirst().reversed().drop { $0 == UInt8(ascii: "|") || $0 == 0x20 }
            self =
                cells.allSatisfy(Self.tableRuleMarks.contains)
                ? .rule : .tableRow(line[(line.startIndex + 1)..<cells.startIndex.base])
        case UInt8(ascii: "`") where line.starts(with: "```".utf8):
            self = .fence
        default:
            if line.count > 2, line.allSatisfy(Self.ruleMarks.contains) {
                self = .rule
            } else if let content = Self.itemContent(line) {
                self = .item(content)
            } else {
                self = .plain
            }
        }
    }

    /// What follows a list or quotation marker, without a check box.
    private static func itemContent(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        let digits = line.prefix { (0x30...0x39).contains($0) }
        let marker: ArraySlice<UInt8>
        if (1...3).contains(digits.count), let end = line.dropFirst(digits.count).first,
            end == UInt8(ascii: ".") || end == UInt8(ascii: ")")
        {
            marker = line.prefix(digits.count + 1)
        } else if line.starts(with: "•".utf8) {
            marker = line.prefix("•".utf8.count)
        } else if let first = line.first, Self.bullets.contains(first) {
            marker = line.prefix(1)
        } else {
            return nil
        }
        let content = line[marker.endIndex...]
        guard content.first == 0x20 else { return nil }
        let text = content.drop { $0 == 0x20 }
        return text.starts(with: "[ ] ".utf8) || text.starts(with: "[x] ".utf8) ? text.dropFirst(4) : text
    }

    private static let ruleMarks = Array("-=*_ ".utf8)
    private static let tableRuleMarks = Array("|-: ".utf8)
    private static let bullets = Array("-*+>".utf8)
}
