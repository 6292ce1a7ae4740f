import Ingestion
import Knowledge
import Testing

@Suite struct `Taking documents apart` {
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
