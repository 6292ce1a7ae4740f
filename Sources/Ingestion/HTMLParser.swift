import Knowledge

/// The readable text of an HTML page: title, headings and blocks; scripts, styles and navigation are left out.
enum HTMLParser {
    private static let skipped: Set<String> = [
        "script", "style", "nav", "footer", "noscript", "template", "iframe", "svg", "form", "button", "aside", "textarea",
    ]
    private static let headings = ["h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6]
    private static let blockElements: Set<String> = [
        "p", "div", "section", "article", "main", "header", "body", "ul", "ol", "li", "dl", "dt", "dd", "table", "thead",
        "tbody", "tr", "blockquote", "pre", "figure", "figcaption", "hr", "address", "details", "summary", "head", "html",
    ]
    /// Blocks whose parts belong together: a list or a table is not cut at each line.
    private static let groups: Set<String> = ["ul", "ol", "dl", "table", "pre", "blockquote"]

    static func parse(_ content: String) -> ParsedDocument {
        var builder = Builder()
        var tokenizer = HTMLTokenizer(Array(content.unicodeScalars))
        while let token = tokenizer.next() { builder.take(token) }
        return builder.finish()
    }

    private struct Builder {
        private static let titleBytes = 1_000

        var path = HeadingPath()
        var pageTitle: String?
        var firstHeading: String?
        var blocks: [TextBlock] = []
        var text = ""
        var span: TextSpan?
        var skipping: (element: String, depth: Int)?
        var heading: Int?
        var inTitle = false
        var groupDepth = 0

        mutating func take(_ token: HTMLTokenizer.Token) {
            if let (element, depth) = skipping {
                switch token {
                case .open(element, _): skipping = (element, depth + 1)
                case .close(element, _): skipping = depth == 1 ? nil : (element, depth - 1)
                default: break
                }
                return
            }
            switch token {
            case .text(let words, let range): append(words, range)
            case .open(let name, _): open(name)
            case .close(let name, _): close(name)
            }
        }

        private mutating func open(_ name: String) {
            if skipped.contains(name) {
                endBlock()
                skipping = (name, 1)
            } else if name == "title" {
                inTitle = true
            } else if let level = headings[name] {
                endBlock()
                heading = level
            } else if name == "br" {
                text += "\n"
            } else if name == "td" || name == "th" {
                if !text.isEmpty, text.last != "\n" { text += " | " }
            } else if groupDepth > 0, ["li", "tr", "dt", "dd", "p", "div"].contains(name) {
                if !text.isEmpty, text.last != "\n" { text += "\n" }
            } else if blockElements.contains(name), heading == nil {
                endBlock()
            }
            if groups.contains(name) { groupDepth += 1 }
        }

        private mutating func close(_ name: String) {
            if groups.contains(name) { groupDepth = max(0, groupDepth - 1) }
            if name == "title" {
                inTitle = false
            } else if headings[name] != nil, let level = heading {
                let title = Self.collapsed(text)
                (text, span, heading) = ("", nil, nil)
                path.enter(level: level, title: title)
                if firstHeading == nil, !title.isEmpty { firstHeading = title }
            } else if groupDepth == 0, blockElements.contains(name), heading == nil {
                endBlock()
            }
        }

        private mutating func append(_ words: String, _ range: Range<Int>) {
            if inTitle {
                // What is never closed takes the whole page for its title.
                if pageTitle?.utf8.count ?? 0 < Self.titleBytes { pageTitle = (pageTitle ?? "") + words }
                return
            }
            let isBlank = words.allSatisfy(\.isWhitespace)
            if isBlank, text.isEmpty || text.last?.isWhitespace == true { return }
            text += isBlank ? " " : words
            if !isBlank { span = TextSpan(start: span?.start ?? range.lowerBound, end: range.upperBound) }
        }

        private mutating func endBlock() {
            defer { (text, span) = ("", nil) }
            let words = Self.collapsed(text)
            guard let span, !words.isEmpty else { return }
            blocks.append(TextBlock(headingPath: path.titles, span: span, text: words, isVerbatim: false))
        }

        mutating func finish() -> ParsedDocument {
            endBlock()
            let title = firstHeading ?? pageTitle.map(Self.collapsed)
            return ParsedDocument(title: title?.isEmpty == true ? nil : title, blocks: blocks)
        }

        /// One space where there was white space; line breaks that the markup asks for stay.
        private static func collapsed(_ text: String) -> String {
            text.split(separator: "\n").map { line in
                line.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            }.filter { !$0.isEmpty }.joined(separator: "\n")
        }
    }
}
