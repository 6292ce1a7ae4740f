import Knowledge

/// Comma-separated values (RFC 4180) as text: each row is a block of `name: value` lines, named by the first row.
///
/// Spreadsheets write semicolons where commas are decimal, and tabs; the first row tells, or Excel's `sep=` before it.
enum CSVParser {
    private static let delimiters: [Unicode.Scalar] = [",", ";", "\t", "|"]
    private static let columnLimit = 1_000
    /// Bytes of UTF-8 that the text may have with the columns' names beside the cells.
    private static let textLimit = 16 << 20

    private struct Row {
        var cells: [String]
        var span: TextSpan
    }

    static func parse(_ content: String) throws(UnreadableDocument) -> ParsedDocument {
        let scalars = Array(content.unicodeScalars)
        let (delimiter, start) = delimiter(of: scalars)
        let rows = try rows(scalars, from: start, delimiter: delimiter)
        guard let header = rows.first?.cells else { return ParsedDocument(title: nil, blocks: []) }
        guard header.count <= columnLimit else {
            throw UnreadableDocument(reason: "the first row has \(header.count) columns, more than \(columnLimit)")
        }
        let names = header.map(HeadingPath.cut)
        var blocks: [TextBlock] = []
        var bytes = 0
        for row in rows.dropFirst() {
            let lines = row.cells.enumerated().compactMap { column, cell -> String? in
                guard !cell.isEmpty else { return nil }
                let name = names.indices.contains(column) ? names[column] : ""
                return name.isEmpty ? cell : "\(name): \(cell)"
            }
            bytes += lines.reduce(0) { $0 + $1.utf8.count + 1 }
            guard bytes <= textLimit else {
                throw UnreadableDocument(
                    reason: "with the columns' names beside the cells it has more than \(textLimit >> 20) MiB of text: send it in parts")
            }
            let text = lines.joined(separator: "\n")
            if !lines.isEmpty { blocks.append(TextBlock(headingPath: [], span: row.span, text: text, isVerbatim: false)) }
        }
        return ParsedDocument(title: nil, blocks: blocks)
    }

    /// The delimiter, and where the first row begins.
    private static func delimiter(of scalars: [Unicode.Scalar]) -> (Unicode.Scalar, Int) {
        let line = scalars.prefix { $0 != "\n" && $0 != "\r" }
        if line.count == 5, String(String.UnicodeScalarView(line.prefix(4))).lowercased() == "sep=", let delimiter = line.last {
            var start = line.count
            while start < scalars.count, scalars[start] == "\r" || scalars[start] == "\n" { start += 1 }
            return (delimiter, start)
        }
        var counts: [Unicode.Scalar: Int] = [:]
        var isQuoted = false
        for scalar in scalars {
            if scalar == "\"" { isQuoted.toggle() }
            if !isQuoted, scalar == "\n" || scalar == "\r" { break }
            if !isQuoted, delimiters.contains(scalar) { counts[scalar, default: 0] += 1 }
        }
        // The first of equals is the commoner one.
        return (delimiters.max { counts[$0, default: 0] < counts[$1, default: 0] } ?? ",", 0)
    }

    private static func rows(
        _ scalars: [Unicode.Scalar], from start: Int, delimiter: Unicode.Scalar
    ) throws(UnreadableDocument) -> [Row] {
        var rows: [Row] = []
        var cells: [String] = []
        var cell = String.UnicodeScalarView()
        var (place, rowStart, quoteStart) = (start, start, nil as Int?)
        func endRow() {
            cells.append(trimmed(cell))
            cell = String.UnicodeScalarView()
            if cells.contains(where: { !$0.isEmpty }) { rows.append(Row(cells: cells, span: TextSpan(start: rowStart, end: place))) }
            cells = []
        }
        while place < scalars.count {
            let scalar = scalars[place]
            if quoteStart != nil {
                if scalar == "\"", place + 1 < scalars.count, scalars[place + 1] == "\"" {
                    cell.append("\"")
                    place += 1
                } else if scalar == "\"" {
                    quoteStart = nil
                } else {
                    cell.append(scalar)
                }
            } else if scalar == "\"", cell.isEmpty {
                quoteStart = place
            } else if scalar == delimiter {
                cells.append(trimmed(cell))
                cell = String.UnicodeScalarView()
            } else if scalar == "\n" || scalar == "\r" {
                endRow()
                if scalar == "\r", place + 1 < scalars.count, scalars[place + 1] == "\n" { place += 1 }
                rowStart = place + 1
            } else {
                cell.append(scalar)
            }
            place += 1
        }
        if let quoteStart {
            let line = scalars[..<quoteStart].count { $0 == "\n" } + 1
            throw UnreadableDocument(reason: "the quotation mark that opens in line \(line) is never closed")
        }
        if rowStart < scalars.count { endRow() }
        return rows
    }

    private static func trimmed(_ cell: String.UnicodeScalarView) -> String {
        String(cell).split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
}
