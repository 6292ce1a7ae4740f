import Foundation
import JSON
import Knowledge
import Testing

@testable import Generation

/// A model that invents: 200 posts whose lines quote a passage word for word and add a figure that no passage has.
struct InventionTests {
    private static let passages = [
        "The Ebb kettle costs 49 euro, weighs 900 g and holds 1.7 litres. It has a warranty of 5 years.",
        "Returns are free within 30 days. The workshop opened on 12 March 2009 and repairs 85 % of what it gets.",
    ]
    private static let quotes = [["costs 49 euro", "warranty of 5 years", "holds 1.7 litres"], ["free within 30 days", "repairs 85 %"]]

    /// Ways to say a number that is in no passage: `N` becomes one from 51 to 79, `D` a day from 13 to 23.
    private static let inventions = [
        "now only €N", "now only N €", "for EUR N", "for N,00 euro", "for N.95 dollars", "N % off", "N% cheaper",
        "N percent of customers agree", "weighs N kg", "weighs N00 grams", "boils in N seconds", "holds N litres", "a warranty of N years",
        "on D April", "before D May 2027", "on 2027-04-D", "since 19N", "at D:45", "N,000 sold", "N 000 sold", "number N in tests",
        "rated 3.N stars", "forty percent off", "for ninety euros", "lasts twenty years", "（N）", "for ７N euro", "for ٤N euro",
    ]

    private struct Generator: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            let mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
            return mixed ^ (mixed >> 27)
        }
    }

    private let evidence = Evidence(
        passages.enumerated().map { index, text in
            Post.Source(chunkID: "c\(index)", documentID: "d\(index)", documentTitle: "Sheet", headingPath: [], text: text)
        }, fence: "===")

    @Test(arguments: 0..<200) func `no invented figure leaves as verified`(seed: Int) {
        var random = Generator(state: UInt64(seed))
        var lines: [JSON] = []
        var honest: Set<String> = []
        for _ in 0..<Int.random(in: 2...5, using: &random) {
            let passage = Int.random(in: 0...1, using: &random)
            let quote = Self.quotes[passage].randomElement(using: &random) ?? ""
            let citation: JSON = ["passage": .string("P\(passage + 1)"), "quote": .string(quote)]
            let isHonest = Bool.random(using: &random)
            let invented = (Self.inventions.randomElement(using: &random) ?? "")
                .replacing("N", with: "\(Int.random(in: 51...79, using: &random))")
                .replacing("D", with: "\(Int.random(in: 13...23, using: &random))")
            let text = isHonest ? "It \(quote)." : "It \(quote), \(invented)."
            if isHonest { honest.insert(text) }
            lines.append(["text": .string(text), "citations": [citation]])
        }
        var blank = Post(
            id: "p", brand: BrandKey(workspace: "w", brand: "b"), slotID: "s", platform: "x", contentType: "post", createdAt: .now)
        blank.inputs.passages = evidence.passages
        var post = PostDraft(["body": .array(lines)], evidence).applied(to: blank)
        let faults = Grounding(post.inputs).check(&post)
        let scalars = Array(post.text.unicodeScalars)
        for citation in post.citations {
            let claim = String(String.UnicodeScalarView(scalars[citation.span.start..<citation.span.end]))
            #expect(citation.verified == honest.contains(claim), "\(claim)")
        }
        let inventing = lines.filter { !honest.contains($0["text"]?.stringValue ?? "") }.count
        #expect((faults.filter { $0.rule == "figures" }.isEmpty) == (inventing == 0))
    }
}
