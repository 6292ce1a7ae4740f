import Ingestion
import Knowledge
import Testing

@Suite struct `Taking documents apart` {
    @Test func `JSON keeps what stands in arrays within arrays`() throws {
        let rows =
            #"{"rows": [["Espresso", "3 euros"], ["Filter", {"size": "large"}]], "mixed": ["plain", {"a": 1}, [[["deep"]]]], "flat": [1, 2]}"#
        let parsed = try Document.Format.json.parse(rows)
        let lines = parsed.blocks.flatMap { $0.text.split(separator: "\n").map(String.init) }
        #expect(lines.sorted() == ["Espresso, 3 euros", "Filter", "a: 1", "deep", "flat: 1, 2", "plain", "size: large"])
        #expect(parsed.blocks.first { $0.text == "Espresso, 3 euros" }?.headingPath == ["rows"])
        let scalars = Array(rows.unicodeScalars)
        for block in parsed.blocks where block.text == "deep" {
            #expect(String(String.UnicodeScalarView(scalars[block.span.start..<block.span.end])) == #"["deep"]"#)
        }
        #expect(try Document.Format.json.parse(#"[["a", "b"], ["c"]]"#).blocks.map(\.text) == ["a, b", "c"])
    }

    @Test func `Markdown keeps headings, fences and tables`() throws {
        let parsed = try Document.Format.markdown.parse(
            "---\ntitle: x\n---\n# One *two*\n\nText `a`.\n\n```\n# no heading\n\nstill code\n```\n\nUnder\n-----\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n### Deep ###\nlast"
        )
        #expect(parsed.title == "One two")
        #expect(parsed.blocks.map(\.headingPath) == [["One two"], ["One two"], ["One two", "Under"], ["One two", "Under", "Deep"]])
        #expect(parsed.blocks[1].text.contains("# no heading\n\nstill code"))
    }

    @Test func `HTML leaves navigation and scripts out and decodes entities`() throws {
        let parsed = try Document.Format.html.parse(
            "<html><head><title>T</title><style>x{}</style></head><body><nav>menu</nav><h1>Kettle</h1><p>Costs &euro;49 &amp; more<br>now.</p>"
                + "<script>if (a<b) {}</script><ul><li>one</li><li>two</li></ul><table><tr><td>a</td><td>b</td></tr></table><footer>c</footer>"
        )
        #expect(parsed.title == "Kettle")
        #expect(parsed.blocks.map(\.text) == ["Costs €49 & more\nnow.", "one\ntwo", "a | b"])
        #expect(parsed.blocks.allSatisfy { $0.headingPath == ["Kettle"] })
    }

    @Test func `JSON becomes lines under the names that lead to them`() throws {
        let parsed = try Document.Format.json.parse(
            "{\"name\":\"Shop\",\"products\":[{\"name\":\"A\",\"price\":3},{\"name\":\"B\",\"tags\":[\"x\",\"y\"]}]}")
        #expect(parsed.title == "Shop")
        #expect(parsed.blocks.map(\.text) == ["name: Shop", "name: A\nprice: 3", "name: B\ntags: x, y"])
        #expect(throws: UnreadableDocument.self) { try Document.Format.json.parse("{") }
    }

    @Test(arguments: ["[\"\"]", "[\"\", null, \" \"]", "\" \"", "\"\"", "null", "[]", "{}", "{\"a\": [\"\"], \"b\": \"\\n\"}"])
    func `JSON that says nothing has no chunk`(content: String) throws {
        #expect(try Document.Format.json.parse(content).blocks.isEmpty)
    }

    @Test func `inline markup is left out of what is searched`() {
        let table = [
            "[a](b) c ![alt](x.png)": "a c alt", "> # **Bold** `code`": "Bold code", "| a | b |\r\n|---|---|\r\n| 1\t| 2 |": "a b\n1 2",
            "- item\n* other\n\n---\n…\n": "item\nother", "open [bracket": "open [bracket", "[a] (b) [c](d": "[a] (b) [c](d",
            "a [b [c](d) e": "a b [c e", "---\nx": "x", "Größe  ½": "Größe ½", "½": "½", "« »": "", "日本 *語*": "日本 語", "": "", "   \n\t": "",
        ]
        for (text, words) in table { #expect(InlineMarkup.plain(text) == words) }
    }

    @Test(arguments: [
        "", "<", "<a", "<!--", "<!", "</", "&", "&#;", "&#xFFFFFFFF;", "<p title='>'>x", "<script>", "<h1>", "```", "---", "#", "|",
        "\r\r\n", "- ",
    ])
    func `scraps are no trouble`(text: String) throws {
        for format in [Document.Format.markdown, .html, .text] { _ = try format.parse(text) }
    }

    /// A text that a parser could read again and again from each of its places: that would take hours.
    struct Repetition: CustomTestStringConvertible {
        let format: Document.Format
        var opening = ""
        let unit: String
        let count: Int
        var ending = ""

        var content: String { opening + String(repeating: unit, count: count) + ending }
        /// Without the megabytes.
        var testDescription: String {
            "\(format): \(opening.debugDescription), \(count) times \(unit.debugDescription), \(ending.debugDescription)"
        }
    }

    private static let repetitions = [
        Repetition(format: .markdown, opening: "# ", unit: "[", count: 500_000),
        Repetition(format: .markdown, opening: "# ", unit: "[", count: 500_000, ending: "]x"),
        Repetition(format: .markdown, opening: "# ", unit: "[a](", count: 200_000),
        Repetition(format: .markdown, opening: "# ", unit: "[]", count: 200_000),
        Repetition(format: .markdown, opening: "# ", unit: "![]()", count: 100_000),
        Repetition(format: .markdown, unit: "# a\n", count: 100_000, ending: "b"),
        Repetition(format: .html, opening: "<title></titlex>", unit: "a<b>", count: 200_000),
        Repetition(format: .html, unit: "<!--", count: 100_000), Repetition(format: .html, unit: "<ul>", count: 100_000, ending: "x"),
        Repetition(format: .html, unit: "&", count: 500_000),
        Repetition(format: .json, opening: "[", unit: "{\"k\": {\"a\": 1}},", count: 50_000, ending: "1]"),
        Repetition(format: .text, unit: "a\n\n", count: 100_000),
        Repetition(format: .csv, opening: "a\n", unit: "\"\"\"\"\n", count: 50_000),
    ]

    @Test(.timeLimit(.minutes(2)), arguments: repetitions)
    func `what repeats is read once`(_ text: Repetition) throws { _ = try text.format.parse(text.content) }

    @Test func `an object of many objects is read once`() throws {
        let members = (0..<50_000).map { "\"k\($0)\":{\"a\":1}" }.joined(separator: ",")
        _ = try Document.Format.json.parse("{\(members)}")
    }

    @Test func `what stands above many parts is cut`() throws {
        let long = String(repeating: "ä", count: 5_000)
        let markdown = try Document.Format.markdown.parse("# \(long)\n\n## b\n\ntext")
        #expect(markdown.blocks[0].headingPath.map(\.unicodeScalars.count) == [200, 1])
        #expect(markdown.blocks[0].headingPath[0].hasSuffix("ä…") && markdown.title?.count == 5_000)
        let json = try Document.Format.json.parse("{\"\(long)\": {\"title\": \"\(long)!\", \"a\": 1}}")
        #expect(json.blocks[0].headingPath.allSatisfy { $0.unicodeScalars.count == 200 } && json.blocks[0].text.contains("a: 1"))
        let deep = String(repeating: "{\"k\":", count: 40) + "1" + String(repeating: "}", count: 40)
        #expect(try Document.Format.json.parse(deep).blocks[0].headingPath.count == 8)
        let csv = try Document.Format.csv.parse("\(long),b\n1,2")
        #expect(csv.blocks[0].text.unicodeScalars.count == 200 + ": 1\nb: 2".count)
        // The name beside each cell would make gigabytes of two megabytes.
        #expect(throws: UnreadableDocument.self) {
            try Document.Format.csv.parse(String(repeating: "a", count: 1_000) + "\n" + String(repeating: "x\n", count: 100_000))
        }
    }

    @Test func `a document has a bounded number of chunks`() throws {
        let content = (0..<40).map { "# \($0)\n\nword\n\n" }.joined()
        let parsed = try Document.Format.markdown.parse(content)
        var chunker = Chunker()
        try chunker.check(parsed, content: content)
        chunker.pieceLimit = 39
        let error = #expect(throws: UnreadableDocument.self) { try chunker.check(parsed, content: content) }
        #expect(error?.reason.contains("40 parts") == true)
        // Under one heading they are joined.
        let joined = String(repeating: "word\n\n", count: 40)
        try chunker.check(try Document.Format.markdown.parse(joined), content: joined)
    }

    @Test func `blocks are joined as if the text so far were measured again each time`() throws {
        /// Joins as the description says.
        func naive(_ blocks: [TextBlock], _ content: String, _ target: Int) -> [String] {
            let scalars = Array(content.unicodeScalars)
            var pieces: [TextBlock] = []
            for block in blocks {
                guard var last = pieces.last, last.headingPath == block.headingPath, last.isVerbatim == block.isVerbatim,
                    Chunker.estimatedTokens(last.text) + Chunker.estimatedTokens(block.text) <= target
                else {
                    pieces.append(block)
                    continue
                }
                last.span.end = block.span.end
                last.text =
                    last.isVerbatim
                    ? String(String.UnicodeScalarView(scalars[last.span.start..<last.span.end])) : last.text + "\n\n" + block.text
                pieces[pieces.count - 1] = last
            }
            return pieces.map(\.text)
        }
        let words = ["a", "kettle", "漢字", "# Heading", "- item", "é", "\n", "\n\n", " ", "\n\n\n", "| x |", "<p>", "</p>", "<h2>b</h2>"]
        var chunker = Chunker()
        (chunker.targetTokens, chunker.limitTokens) = (12, 1_000)
        for format in [Document.Format.markdown, .html, .text] {
            for _ in 0..<200 {
                let content = (0..<Int.random(in: 1...60)).map { _ in words.randomElement() ?? "" }.joined(separator: " ")
                let parsed = try format.parse(content)
                #expect(chunker.cut(parsed, content: content).map(\.text) == naive(parsed.blocks, content, 12), "\(content)")
            }
        }
    }

    @Test func `chunks are slices of the text and bounded`() throws {
        let paragraph = String(repeating: "Grüße aus dem Süden 😀 sind schön. ", count: 120)
        let text = "# T\n\n\(paragraph)\n\nshort one\n\nshort two\n\n## U\n\n\(String(repeating: "x", count: 5000))"
        let chunker = Chunker()
        let pieces = chunker.cut(try Document.Format.markdown.parse(text), content: text)
        let scalars = Array(text.unicodeScalars)
        #expect(pieces.count > 5)
        for piece in pieces {
            #expect(String(String.UnicodeScalarView(scalars[piece.span.start..<piece.span.end])) == piece.text)
            #expect(Chunker.estimatedTokens(piece.text) <= chunker.limitTokens)
        }
        #expect(pieces.contains { $0.text.hasSuffix("short one\n\nshort two") })
    }
}
