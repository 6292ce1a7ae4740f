import Foundation
import FoundationXML

/// The text of a DOCX (ECMA-376, WordprocessingML) as Markdown: headings, paragraphs, lists and tables, without what was
/// deleted, hidden behind fields, or says how things look.
enum WordDocument {
    private static let partLimit = 32 << 20

    static func markdown(of bytes: [UInt8]) throws(Refusal) -> String {
        if bytes.starts(with: [0xD0, 0xCF, 0x11, 0xE0]) { throw Refusal("the file is protected by a password, or of Word before 2007") }
        let archive = try ZipArchive(bytes)
        guard let part = try archive.content(of: "word/document.xml", limit: partLimit) else {
            throw Refusal("the archive holds no word/document.xml: it is no DOCX")
        }
        let text = try XMLText(part)
        // Entities are what a document type is for, and no DOCX has one.
        guard !text.contains("<!DOCTYPE") else { throw Refusal("the document declares a document type, which no DOCX does") }
        let reader = WordReader()
        // In pieces: libxml2 refuses to look at more than 10 MB at once.
        let parser = XMLParser(stream: InputStream(data: Data(text.utf8)))
        parser.shouldProcessNamespaces = true
        parser.shouldResolveExternalEntities = false
        parser.delegate = reader
        guard parser.parse(), !reader.isDamaged else { throw Refusal("the document's XML is damaged, or nested too deep") }
        return reader.markdown
    }
}

/// Gathers a document's paragraphs while its XML is read.
private final class WordReader: NSObject, XMLParserDelegate {
    private static let namespaces: Set<String> = [
        "http://schemas.openxmlformats.org/wordprocessingml/2006/main", "http://purl.oclc.org/ooxml/wordprocessingml/main",
    ]
    /// What holds words that are not part of the text, such as those that were deleted, and the code of fields.
    private static let skipped: Set<String> = ["del", "moveFrom", "instrText", "delText", "delInstrText", "rubyBase"]

    private var blocks: [String] = []
    private var paragraph = Paragraph()
    /// The paragraphs around the one that is read, as around those of a text box.
    private var outer: [Paragraph] = []
    private var rows: [[String]] = []
    private var cells: [[String]] = []
    private var skipDepth = 0
    private var isText = false
    /// The parser goes on behind some errors and tells of them here only.
    private(set) var isDamaged = false

    private struct Paragraph {
        var text = ""
        var heading = 0
        var isListItem = false
    }

    var markdown: String { blocks.joined(separator: "\n\n") + "\n" }

    private func isWord(_ namespace: String?) -> Bool { namespace.map(Self.namespaces.contains) ?? false }

    func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
        attributes: [String: String] = [:]
    ) {
        guard isWord(namespaceURI) else {
            // The old form of what a newer Word says again.
            if name == "Fallback" { skipDepth += 1 }
            return
        }
        if Self.skipped.contains(name) { skipDepth += 1 }
        guard skipDepth == 0 else { return }
        let value = attributes.first { $0.key.split(separator: ":").last == "val" }?.value ?? ""
        switch name {
        case "p":
            outer.append(paragraph)
            paragraph = Paragraph()
        case "pStyle": paragraph.heading = Self.headingLevel(value)
        case "outlineLvl": if paragraph.heading == 0, let level = Int(value), level < 6 { paragraph.heading = level + 1 }
        case "numPr": paragraph.isListItem = true
        case "t": isText = true
        case "tab": if outer.count > 0 { paragraph.text += " " }
        case "br", "cr": paragraph.text += "\n"
        case "noBreakHyphen": paragraph.text += "-"
        case "tr": cells = []
        case "tc": cells.append([])
        default: break
        }
    }

    func parser(_ parser: XMLParser, parseErrorOccurred parseError: any Error) { isDamaged = true }

    func parser(_ parser: XMLParser, foundCharacters text: String) {
        if isText, skipDepth == 0 { paragraph.text += text }
    }

    func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
        guard isWord(namespaceURI) else {
            if name == "Fallback" { skipDepth -= 1 }
            return
        }
        if Self.skipped.contains(name) {
            skipDepth -= 1
            return
        }
        guard skipDepth == 0 else { return }
        switch name {
        case "t": isText = false
        case "p": endParagraph()
        case "tr":
            let row = cells.map { $0.joined(separator: " ") }.filter { !$0.isEmpty }
            if !row.isEmpty { rows.append(row) }
            cells = []
        case "tbl":
            if !rows.isEmpty { blocks.append(rows.map { "| " + $0.joined(separator: " | ") + " |" }.joined(separator: "\n")) }
            rows = []
        default: break
        }
    }

    private func endParagraph() {
        let lines = paragraph.text.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }.filter { !$0.isEmpty }
        defer { paragraph = outer.popLast() ?? Paragraph() }
        guard !lines.isEmpty else { return }
        if !cells.isEmpty {
            cells[cells.count - 1].append(lines.joined(separator: " "))
        } else if paragraph.heading > 0 {
            blocks.append(String(repeating: "#", count: paragraph.heading) + " " + lines.joined(separator: " "))
        } else if paragraph.isListItem {
            blocks.append("- " + lines.joined(separator: " "))
        } else {
            // A number sign that begins a line would make it a heading.
            blocks.append(lines.map { $0.hasPrefix("#") ? "\\" + $0 : $0 }.joined(separator: "\n"))
        }
    }

    /// Of style ids such as `Heading2`, `heading 2`, `Title` and `berschrift2`, whose first letter German Word leaves out.
    private static func headingLevel(_ style: String) -> Int {
        let style = style.lowercased()
        if style == "title" { return 1 }
        let names = ["heading", "berschrift", "overskrift", "rubrik", "titre", "titolo", "kop"]
        guard names.contains(where: { style.contains($0) }), let digit = style.last?.wholeNumberValue, (1...6).contains(digit) else {
            return 0
        }
        return digit
    }
}
