/// Plain text: paragraphs are what blank lines part; the first short line is the title.
enum PlainTextParser {
    private static let titleLimit = 120

    static func parse(_ content: String) -> ParsedDocument {
        let source = SourceLines(content)
        var blocks: [TextBlock] = []
        for paragraph in source.lines.split(whereSeparator: source.isBlank) {
            if let block = source.block(paragraph, headingPath: []) { blocks.append(block) }
        }
        let firstLine = source.lines.first { !source.isBlank($0) }.map { source.text(source.trimmed($0)) }
        return ParsedDocument(title: firstLine.flatMap { $0.count <= titleLimit ? $0 : nil }, blocks: blocks)
    }
}
