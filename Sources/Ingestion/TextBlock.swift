package import Knowledge

/// A paragraph, list, table or other unit of a document that reads as one.
package struct TextBlock: Sendable, Hashable {
    /// The headings above it, outermost first.
    package var headingPath: [String]
    /// Its place in the document's content.
    package var span: TextSpan
    /// Its words: the content's own for Markdown and plain text, without the markup for HTML and JSON.
    package var text: String
    /// Whether `text` is exactly the content's `span`, so that blocks side by side can be joined by their span.
    package var isVerbatim: Bool

    package init(headingPath: [String], span: TextSpan, text: String, isVerbatim: Bool) {
        self.headingPath = headingPath
        self.span = span
        self.text = text
        self.isVerbatim = isVerbatim
    }
}

/// A document's structure.
package struct ParsedDocument: Sendable, Hashable {
    /// The document's own title, if it has one.
    package var title: String?
    package var blocks: [TextBlock]

    package init(title: String?, blocks: [TextBlock]) {
        self.title = title
        self.blocks = blocks
    }
}

/// Why a document cannot be taken apart; the text is for the uploader.
package struct UnreadableDocument: Error, Sendable, Hashable {
    package var reason: String
    /// Which of several that came together it is.
    package var index: Int?

    package init(reason: String) { self.reason = reason }
}

extension Document.Format {
    /// Takes the content apart along its structure.
    ///
    /// - Throws: `UnreadableDocument`.
    package func parse(_ content: String) throws(UnreadableDocument) -> ParsedDocument {
        switch self {
        case .markdown: MarkdownParser.parse(content)
        case .text: PlainTextParser.parse(content)
        case .html: HTMLParser.parse(content)
        case .json: try JSONDocumentParser.parse(content)
        case .csv: try CSVParser.parse(content)
        case .pdf: PagedTextParser.parse(content)
        case .docx: MarkdownParser.parse(content)
        }
    }
}
