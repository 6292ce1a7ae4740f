import Knowledge

/// Text with a form feed before each page but the first, as it comes of a PDF: paragraphs under the number of their page.
enum PagedTextParser {
    static func parse(_ content: String) -> ParsedDocument {
        let source = SourceLines(content)
        var blocks: [TextBlock] = []
        var page = 1
        var paragraph: [Range<Int>] = []
        func end() {
            if let block = source.block(paragraph[...], headingPath: ["Page \(page)"]) { blocks.append(block) }
            paragraph = []
        }
        for line in source.lines {
            let breaks = source.scalars[line].prefix { $0 == "\u{C}" }.count
            if breaks > 0 {
                end()
                page += breaks
            }
            if source.isBlank(line) { end() } else { paragraph.append(line) }
        }
        end()
        return ParsedDocument(title: PlainTextParser.parse(content).title, blocks: blocks)
    }
}
