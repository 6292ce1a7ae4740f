import Connectors
import Foundation
import JSON
import Knowledge
import Testing
import VectorIndex

@testable import Generation

@Suite struct `Planning` {
    private func brief(posts: Int, days: Int, shares: [Double]) throws -> Plan.Brief {
        let names = ["instagram", "linkedin", "third"]
        return Plan.Brief(
            start: try #require(CalendarDay("2026-03-27")), days: days, timeZone: "Europe/Oslo", posts: posts,
            channels: zip(names, shares).map { Plan.Channel(platform: $0, contentTypes: ["post", "carousel"], share: $1) }, goals: [],
            events: [],
            language: "en", onFailure: .cancel)
    }

    @Test(arguments: [(20, 7, [0.7, 0.3]), (1, 1, [0.5, 0.5]), (100, 31, [0.34, 0.33, 0.33]), (3, 7, [1.0]), (50, 1, [0.1, 0.9])])
    func `slots keep to shares and period`(posts: Int, days: Int, shares: [Double]) throws {
        let brief = try brief(posts: posts, days: days, shares: shares)
        let slots = SlotAllocator.slots(for: brief)
        #expect(slots.count == posts && Set(slots.map(\.id)).count == posts)
        for channel in brief.channels {
            let count = slots.filter { $0.platform == channel.platform }.count
            #expect(abs(Double(count) - channel.share * Double(posts)) < 1)
        }
        let zone = try #require(TimeZone(identifier: "Europe/Oslo"))
        let first = try #require(brief.start.moment(offset: 0, hour: 0, minute: 0, in: zone))
        let end = try #require(brief.start.moment(offset: days, hour: 0, minute: 0, in: zone))
        #expect(slots.allSatisfy { $0.scheduledAt >= first && $0.scheduledAt < end })
        #expect(slots.map(\.scheduledAt) == slots.map(\.scheduledAt).sorted())
    }

    @Test func `a proposal that leaves slots out is mended`() {
        let slots = (1...4).map { Slot(id: "slot-\($0)", platform: "x", contentType: "post", scheduledAt: .distantPast) }
        let pillars = ["A", "B"].map { Pillar(name: $0, rationale: "why \($0)", share: 0.5, evidence: []) }
        let proposal: JSON = [
            "slots": [
                ["slot": "slot-2", "pillar": "A", "brief": "b"], ["slot": "slot-2", "pillar": "B", "brief": "c"],
                ["slot": "slot-9", "pillar": "Z"],
            ]
        ]
        let assigned = DistributionStage.assign(proposal, to: slots, pillars: pillars)
        #expect(assigned[1].brief == "b")
        #expect(assigned.filter { $0.pillar == "A" }.count == 2 && assigned.filter { $0.pillar == "B" }.count == 2)
    }

    @Test(arguments: ["2026-02-30", "2026-1-1", "x", "2026-13-01", "20260101", "٢٠٢٦-01-01"])
    func `what is no day is refused`(text: String) { #expect(CalendarDay(text) == nil) }
}

@Suite struct `Quotes` {
    private let passage = "The “Ebb” costs €42 –\nand weighs 310 g."

    @Test(arguments: [
        ("costs €42", "costs €42"), ("the \"ebb\" COSTS €42 - and weighs", "The “Ebb” costs €42 –\nand weighs"),
        ("  weighs 310 g. ", "weighs 310 g."),
    ])
    func `are given in the passage's own words`(quote: String, exact: String) {
        #expect(QuoteMatcher.exactWords(of: quote, in: passage) == exact)
    }

    @Test(arguments: [
        ("It costs 42 euro.", "costs 42", true), ("It costs 42 euro.", "costs 43", false), ("One line.\r\nAnother.", "Another", true),
        ("One\u{0} two", "two", true), ("One two", "two\u{0} three", false), ("👩‍🚀 flies", "🚀 flies", false), ("Great 👍🏽", "Great 👍", false),
        ("Great 👍", "Great 👍", true), ("Cafe\u{301} au lait", "Cafe", false), ("One letter", "e", false), ("A dot.", ".", false),
    ])
    func `stand there character by character`(passage: String, quote: String, isFound: Bool) {
        #expect(QuoteMatcher.exactWords(of: quote, in: passage) == (isFound ? quote : nil))
    }

    @Test(arguments: ["costs €43", "", "   ", "weighs 310 g. and more", "Ebb weighs"])
    func `that do not stand there are not found`(quote: String) { #expect(QuoteMatcher.exactWords(of: quote, in: passage) == nil) }

    @Test func `have the passage's letters, however the quote composes them`() {
        let words = QuoteMatcher.exactWords(of: "cafe\u{301} in Halden", in: "The caf\u{E9} in Halden")
        #expect(words.map { Array($0.unicodeScalars) } == Array("caf\u{E9} in Halden".unicodeScalars))
    }

    @Test func `are looked for in many passages as in one`() throws {
        let passages = [passage, "Second: the kettle\tboils in 3 minutes.", "", "— Third —", String(repeating: "a", count: 2_000)]
        let quotes: Set = [
            "costs €42", "THE \"EBB\"", "Kettle boils IN 3", "- third -", "", " ", "is nowhere", String(repeating: "a", count: 1_500),
            String(repeating: "a", count: 1_500) + "b",
        ]
        let single = quotes.filter { quote in passages.contains { QuoteMatcher.exactWords(of: quote, in: $0) != nil } }
        #expect(try QuoteMatcher.standing(quotes, in: passages) == single && single.count == 5)
    }

    @Test func `are found wherever a naive search finds them`() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<2_000 {
            func random(_ length: Int) -> [Int] { (0..<length).map { _ in Int.random(in: 0...1, using: &generator) } }
            let (text, wanted) = (random(Int.random(in: 0...30, using: &generator)), random(Int.random(in: 0...5, using: &generator)))
            let naive = wanted.isEmpty ? [] : text.indices.filter { text[$0...].starts(with: wanted) }
            let pattern = Pattern(wanted)
            #expect(pattern.places(in: text) == naive && pattern.first(in: text) == naive.first, "\(wanted) in \(text)")
        }
    }

    @Test(.timeLimit(.minutes(1))) func `and claims are found again in a long text of one letter`() {
        let text = String(repeating: "a", count: 100_000)
        let citation = Post.Citation(
            span: TextSpan(start: 10, end: 50_010), quote: "a", chunkID: "c", documentID: "d", documentTitle: "D", verified: true)
        let moved = CitationAnchoring.moved([citation], from: text, to: text + "b")
        #expect(moved.map(\.span) == [citation.span])
    }
}

@Suite struct `A segment` {
    private func document(_ id: String) -> Document {
        Document(
            id: id, brand: BrandKey(workspace: "w", brand: "b"), title: id, kind: .other, format: .text, source: "", content: "",
            contentHash: "",
            metadata: ["n": .string(id)], createdAt: .distantPast)
    }

    private func chunk(_ id: String, _ version: Int, _ ordinal: Int, _ vector: [Float]) -> Chunk {
        Chunk(
            documentID: id, version: version, ordinal: ordinal, headingPath: [], span: TextSpan(start: 0, end: 1), text: "\(id)\(ordinal)",
            embedText: "",
            searchText: "", embedding: vector, embeddingModel: "m", chunker: "c")
    }

    @Test func `finds exactly what a plain loop finds`() throws {
        var random = SystemRandomNumberGenerator()
        func vector() -> [Float] {
            let raw = (0..<37).map { _ in Float.random(in: -1...1, using: &random) }
            let norm = raw.map { $0 * $0 }.reduce(0, +).squareRoot()
            return raw.map { $0 / norm }
        }
        var segment = Segment()
        var all: [(String, [Float])] = []
        for index in 0..<300 {
            let values = vector()
            try segment.append(chunk("d\(index)", 1, 0, values), of: document("d\(index)"))
            if index % 3 == 0 { try segment.remove(document: "d\(index)") } else { all.append(("d\(index).1.0", values)) }
        }
        let query = vector()
        func cosine(_ values: [Float]) -> Float {
            var sum: Float = 0
            for index in values.indices { sum += values[index] * query[index] }
            return sum
        }
        let ranked = all.sorted { cosine($0.1) > cosine($1.1) }
        let expected: [String] = ranked.prefix(10).map { $0.0 }
        #expect(try segment.search(PassageQuery(text: "", vector: query, limit: 10, minScore: -1)).map(\.chunkID) == expected)
        #expect(segment.count == 200)
    }

    @Test func `a newer version takes the place of the older one`() throws {
        var segment = Segment()
        try segment.append(chunk("a", 1, 0, [1, 0]), of: document("a"))
        try segment.append(chunk("a", 2, 0, [0, 1]), of: document("a"))
        try segment.append(chunk("a", 1, 1, [1, 0]), of: document("a"))
        #expect(try segment.search(PassageQuery(text: "", vector: [0, 1], limit: 5)).map(\.chunkID) == ["a.2.0"])
        let filter = PassageFilter([.init(field: .metadata(["n"]), comparison: .equals("z"))])
        #expect(try segment.search(PassageQuery(text: "", vector: [0, 1], limit: 5, filter: filter)).isEmpty)
    }
}
