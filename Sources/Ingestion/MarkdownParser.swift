/// The block structure of Markdown (CommonMark 0.31, sections 4 and 5) as far as cutting needs it: headings,
/// fenced code, and paragraphs, lists and tables between blank lines. Inline markup stays in the text.
enum MarkdownParser {
    static func parse(_ content: String) -> ParsedDocument {
        var reader = Reader(source: SourceLines(content))
        return reader.read()
    }

    private struct Reader {
        let source: SourceLines
        var path = HeadingPath()
        var title: String?
        var blocks: [TextBlock] = []
        var pending: ArraySlice<Range<Int>> = []
        var index = 0

        init(source: SourceLines) { self.source = source }

        mutating func read() -> ParsedDocument {
            skipFrontMatter()
            while index < source.lines.count {
                let line = source.lines[index]
                let text = source.text(source.trimmed(line))
                if let fence = Fence(opening: text) {
                    takeFencedCode(fence)
                } else if let heading = Self.atxHeading(text) {
                    enter(level: heading.level, title: heading.title)
                } else if let level = setextLevel(text) {
                    let titleLines = pending
                    pending = []
                    let titleText = source.block(titleLines, headingPath: [])?.text ?? ""
                    enter(level: level, title: Self.plain(titleText))
                } else if text.isEmpty {
                    endBlock()
                    index += 1
                } else {
                    extendBlock()
                }
            }
            endBlock()
            return ParsedDocument(title: title, blocks: blocks)
        }

        /// YAML between two lines of three dashes at the very start is metadata, not text.
        private mutating func skipFrontMatter() {
            guard let first = source.lines.first, source.text(first) == "---" else { return }
            let end = source.lines.dropFirst().firstIndex { ["---", "..."].contains(source.text(source.trimmed($0))) }
            if let end { index = end + 1 }
        }

        private mutating func enter(level: Int, title newTitle: String) {
            endBlock()
            path.enter(level: level, title: newTitle)
            if title == nil, !newTitle.isEmpty { title = newTitle }
            index += 1
        }

        private mutating func extendBlock() {
            pending = source.lines[(pending.isEmpty ? index : pending.startIndex)...index]
            index += 1
        }

        private mutating func endBlock() {
            if let block = source.block(pending, headingPath: path.titles) { blocks.append(block) }
            pending = []
        }

        private mutating func takeFencedCode(_ fence: Fence) {
            endBlock()
            let start = index
            index += 1
            while index < source.lines.count {
                index += 1
                if fence.isClosed(by: source.text(source.trimmed(source.lines[index - 1]))) { break }
            }
            if let block = source.block(source.lines[start..<index], headingPath: path.titles) { blocks.append(block) }
        }

        /// A line of `=` or `-` under a paragraph makes it a heading; under a table row it is a delimiter.
        private func setextLevel(_ text: String) -> Int? {
            guard let last = pending.last, pending.count <= 3, text.utf8.first == UInt8(ascii: "=") || text.utf8.first == UInt8(ascii: "-")
            else { return nil }
            guard !source.text(last).contains("|") else { return nil }
            if text.allSatisfy({ $0 == "=" }) { return 1 }
            if text.allSatisfy({ $0 == "-" }), text.count >= 2 { return 2 }
            return nil
        }

        private static func atxHeading(_ text: String) -> (level: Int, title: String)? {
            let level = text.prefix { $0 == "#" }.count
            guard (1...6).contains(level) else { return nil }
            let rest = text.dropFirst(level)
            guard rest.isEmpty || rest.first == " " || rest.first == "\t" else { return nil }
            var title = rest.drop { $0 == " " || $0 == "\t" }
            let closing = title.reversed().prefix { $0 == "#" }.count
            if closing > 0, title.dropLast(closing).last == " " { title = title.dropLast(closing) }
            return (level, plain(String(title)))
        }

        /// A heading's words without emphasis, code and link marks.
        private static func plain(_ text: String) -> String { InlineMarkup.plain(text) }
    }

    /// A code fence (section 4.5): three or more backticks or tildes.
    private struct Fence {
        let character: Character
        let count: Int

        init?(opening text: String) {
            guard let first = text.first, first == "`" || first == "~" else { return nil }
            character = first
            count = text.prefix { $0 == first }.count
            guard count >= 3, first == "~" || !text.dropFirst(count).contains("`") else { return nil }
        }

        func isClosed(by text: String) -> Bool { text.count >= count && text.allSatisfy { $0 == character } }
    }
}
