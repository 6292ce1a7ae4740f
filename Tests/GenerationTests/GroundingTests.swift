import Foundation
import Knowledge
import Testing

@testable import Generation

/// What a claim may say, and where it is after a text has changed.
struct GroundingTests {
    @Test(arguments: [
        ("Try the Fjordlys blend today.", ["Fjordlys"]),
        ("Our new X200 is here.", ["X200"]),
        ("Try the Ebb kettle, made in Lofoten.", ["Ebb", "Lofoten"]),
        ("Great news. Everyone loves it.", []),
        ("On Monday in March we brew.", []),
        ("“Slow coffee” says Kari.", ["Kari"]),
        ("I'm in. I am in.", []),
        ("THE BEST COFFEE EVER", []),
        ("Meet The New Fjordlys Roast", []),
        ("☕ Fresh roast", []),
        ("Works with your iPhone.", ["iPhone"]),
    ])
    func `names are told from the first words of sentences`(text: String, names: [String]) {
        #expect(Names.mentioned(in: text, language: "en") == names)
    }

    @Test func `a language of capital nouns has mixed words only`() {
        #expect(Names.mentioned(in: "Der Kessel von Acme heißt X200.", language: "de-DE") == ["X200"])
    }

    @Test func `an invented name fails a claim, and one from the passage, the brand or the client does not`() {
        var post = Post(
            id: "p", brand: BrandKey(workspace: "w", brand: "b"), slotID: "s", platform: "x", contentType: "post", createdAt: .now)
        post.inputs.brandName = "Halden Roasters"
        post.inputs.given = ["2027-05-17: Oslo Coffee Festival"]
        post.inputs.passages = [
            .init(chunkID: "c1", documentID: "d", documentTitle: "Kenya Kiambu", headingPath: [], text: "Notes of blackcurrant and tomato.")
        ]
        func check(_ text: String) -> (verified: Bool, rules: [String]) {
            var post = post
            post.text = text
            let span = TextSpan(start: 0, end: text.unicodeScalars.count)
            post.citations = [
                .init(
                    span: span, quote: "notes of Blackcurrant", chunkID: "c1", documentID: "d", documentTitle: "Kenya Kiambu",
                    verified: false)
            ]
            let faults = Grounding(post.inputs).check(&post)
            return (post.citations[0].verified, faults.map(\.rule))
        }
        #expect(check("This Kiambu has notes of blackcurrant, says Halden.").verified)
        #expect(check("Taste it at the Oslo Coffee Festival: notes of blackcurrant.").verified)
        #expect(check("This Kiambu from Nyeri has notes of blackcurrant.").rules == ["names"])
        #expect(!check("This Kiambu from Nyeri has notes of blackcurrant.").verified)
    }

    private func citation(_ claim: String, in text: String) -> Post.Citation {
        let start = text[..<(text.firstRange(of: claim)?.lowerBound ?? text.startIndex)].unicodeScalars.count
        return Post.Citation(
            span: TextSpan(start: start, end: start + claim.unicodeScalars.count), quote: "q", chunkID: "c", documentID: "d",
            documentTitle: "t", verified: true)
    }

    @Test func `citations follow their claims through an edit`() {
        let original = "It costs 49 euro.\n\nIt holds 1.7 litres of water 💧."
        let citations = [citation("It costs 49 euro.", in: original), citation("It holds 1.7 litres of water 💧.", in: original)]
        func claims(_ edited: String) -> [String] {
            let scalars = Array(edited.unicodeScalars)
            return CitationAnchoring.moved(citations, from: original, to: edited).map {
                String(String.UnicodeScalarView(scalars[$0.span.start..<$0.span.end]))
            }
        }
        #expect(claims(original) == ["It costs 49 euro.", "It holds 1.7 litres of water 💧."])
        #expect(
            claims("🎉 Hi!\r\nIt holds 1.7 litres of water 💧. It costs 49 euro.") == [
                "It costs 49 euro.", "It holds 1.7 litres of water 💧.",
            ])
        #expect(claims("It costs only 49 euro today.\nAnd more.") == ["It costs only 49 euro today."])
        #expect(claims("Something else.") == [])
        #expect(claims("") == [])
    }

    @Test func `lines have the offsets of Unicode scalars, whatever parts them`() {
        let lines = TextLines.lines(of: "é💧\r\n\r\n  \nb\u{2028}c")
        #expect(lines.map(\.text) == ["é💧", "b", "c"])
        #expect(lines.map(\.span) == [TextSpan(start: 0, end: 2), TextSpan(start: 9, end: 10), TextSpan(start: 11, end: 12)])
    }
}
