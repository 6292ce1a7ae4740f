import Testing

@testable import modelsim

struct PromptMaterialTests {
    @Test func `elements are found by their id whatever other attributes they have`() {
        let text =
            #"a < b <br> <passage document="x > y" id="P1">one <b id="no">two</b></passage><slot id="S1" n="2">three</slot>"#
        let elements = PromptElement.elements(in: Array(text.utf8))
        #expect(elements.map(\.id) == ["P1", "S1"])
        #expect(elements.map { String(decoding: $0.text, as: UTF8.self) } == [#"one <b id="no">two</b>"#, "three"])
    }

    @Test(arguments: ["<passage id=\"P1", "<passage id=\"P1\">text", "<passage id=\"\n\">x</passage>", "<", "<<<>", "</passage>"])
    func `broken markup is no element`(text: String) {
        #expect(PromptElement.elements(in: Array(text.utf8)) == [])
    }

    static let lines: [(String, [String])] = [
        ("One is here. Two is there!", ["One is here.", "Two is there!"]),
        ("It costs 3.50 euros, e.g. for tea. Dr. Berg agrees.", ["It costs 3.50 euros, e.g. for tea.", "Dr. Berg agrees."]),
        ("- First point\n- [x] Second point", ["First point", "Second point"]),
        ("1. Boil the water\n12) Wait", ["Boil the water", "Wait"]),
        ("| A | B |\n|---|:-:|\n| c | d |", ["A | B", "c | d"]),
        ("# Title\n\n---\n> Quoted line", ["Title", "Quoted line"]),
        ("A line that\nis broken off. End.", ["A line that", "is broken off.", "End."]),
        ("\r\n  \r\nEnds with a return.\r\n", ["Ends with a return."]),
        ("***\n...\n|\n", []),
    ]

    @Test(arguments: lines) func `text is cut into sentences that stay on their line`(text: String, expected: [String]) {
        #expect(SentenceSplitter.sentences(in: Array(text.utf8)[...]).map(\.text) == expected)
    }

    @Test(arguments: [
        ("**Bold** and `code`", "Bold and code"), ("See [the shop](https://x.example) now", "See the shop now"),
        ("Price | €229", "Price: €229"), ("snake_case stays", "snake_case stays"),
    ])
    func `cleaned text has no Markdown`(text: String, expected: String) {
        #expect(Wording.cleaned(text) == expected)
    }

    @Test(arguments: [
        ("one two three", 7, "one two"), ("one two", 7, "one two"), ("one, two", 5, "one"), ("abcdef", 3, "abc"),
        ("äöü", 2, "äö"),
    ])
    func `text is clipped where a word ends`(text: String, limit: Int, expected: String) {
        #expect(TextFitting.clipped(text, to: limit) == expected)
    }
}
