import Foundation
import JSON
import Knowledge
import Testing

@testable import VectorIndex

@Suite struct `Words of a text` {
    @Test(
        arguments: [
            ("The Kettles, boiling!", ["the", "kettle", "boil"]), ("Café CAFE\u{301} cafe", ["cafe", "cafe", "cafe"]),
            ("Smørbrød Straße", ["smorbrod", "strasse"]), ("don't don’t", ["dont", "dont"]), ("1.7 litres", ["1", "7", "litre"]),
            ("studies study studied", ["studi", "studi", "studi"]), ("hopping hoping hoped", ["hop", "hope", "hope"]),
            ("gas glass classes", ["ga", "glass", "class"]), ("日本語 пиво", ["日本語", "пиво"]), ("--- …", []), ("", []),
            ("K2-900", ["k2", "900"]),
            ("agreed feed", ["agree", "feed"]), ("conflated troubled sized", ["conflate", "trouble", "size"]),
            ("snowing sky", ["snow", "sky"]),
        ])
    func `are folded and lightly stemmed`(text: String, words: [String]) { #expect(Tokenizer.tokens(of: text) == words) }
}

@Suite struct `A segment` {
    private static let brand = BrandKey(workspace: "w", brand: "b")

    private func document(_ id: String, kind: Document.Kind = .other) -> Document {
        Document(
            id: id, brand: Self.brand, title: "", kind: kind, format: .text, source: "", content: "", contentHash: "", metadata: [:],
            createdAt: Date(timeIntervalSince1970: 0))
    }

    private func chunk(_ document: String, _ text: String, _ vector: [Float], version: Int = 1, ordinal: Int = 0) -> Chunk {
        Chunk(
            documentID: document, version: version, ordinal: ordinal, headingPath: [], span: TextSpan(start: 0, end: 0), text: text,
            embedText: text, searchText: text, embedding: vector, embeddingModel: "m", chunker: "c")
    }

    private func segment(_ texts: [(id: String, text: String, vector: [Float])]) -> Segment {
        var segment = Segment()
        for entry in texts { segment.append(chunk(entry.id, entry.text, entry.vector), of: document(entry.id)) }
        return segment
    }

    private func ids(_ segment: Segment, _ text: String, _ vector: [Float], _ mode: PassageQuery.Mode, minScore: Double = 0) -> [String] {
        segment.search(PassageQuery(text: text, vector: vector, mode: mode, limit: 10, minScore: minScore)).map(\.documentID)
    }

    @Test func `ranks by words, by meaning and by both`() {
        let segment = segment([
            ("a", "kettles boil water", [1, 0]), ("b", "a kettle and a kettle", [0.6, 0.8]), ("c", "something else", [0, 1]),
        ])
        #expect(ids(segment, "kettle", [], .text) == ["b", "a"])
        #expect(ids(segment, "kettle", [0, 1], .vector) == ["c", "b", "a"])
        #expect(ids(segment, "kettle", [0, 1], .hybrid) == ["b", "c", "a"])
        #expect(ids(segment, "teapot", [0, 1], .hybrid) == ["c", "b", "a"], "without common words the vectors decide")
        #expect(ids(segment, "teapot", [], .text).isEmpty)
        #expect(ids(segment, "kettle", [0, 1], .vector, minScore: 0.7) == ["c", "b"])
        let found = segment.search(PassageQuery(text: "kettle", vector: [0, 1], mode: .hybrid, limit: 1))[0]
        #expect(found.score > 0.8 && found.score <= 1 && found.vectorScore.map { abs($0 - 0.8) < 1e-6 } == true && found.textScore != nil)
    }

    @Test func `diversity prefers what is not said yet`() {
        let segment = segment([("a", "x", [1, 0]), ("b", "x", [0.999, 0.0447]), ("c", "x", [0.7, -0.714])])
        func found(_ diversity: Double) -> [String] {
            var query = PassageQuery(text: "", vector: [1, 0], mode: .vector, limit: 2)
            query.diversity = diversity
            return segment.search(query).map(\.documentID)
        }
        #expect(found(0) == ["a", "b"])
        #expect(found(0.1) == ["a", "b"])
        #expect(found(0.6) == ["a", "c"])
        #expect(found(1).count == 2)
    }

    @Test func `rare words weigh more, long texts less`() {
        let filler = String(repeating: "word ", count: 200)
        let segment = segment([
            ("long", "zebra " + filler, [1, 0]), ("short", "zebra word", [1, 0]), ("common", "word word word", [1, 0]),
        ])
        #expect(ids(segment, "zebra", [], .text) == ["short", "long"])
        #expect(ids(segment, "zebra word", [], .text).first == "short")
    }

    @Test func `ties go to the smaller chunk id`() {
        let segment = segment(["c", "a", "b"].map { ($0, "same", [1, 0]) })
        for mode in PassageQuery.Mode.allCases { #expect(ids(segment, "same", [1, 0], mode) == ["a", "b", "c"]) }
    }

    @Test func `after any changes it answers as one that was filled anew`() {
        var random = SystemRandomNumberGenerator()
        let words = ["kettle", "water", "coffee", "bean", "price", "euro", "gram", "steel", "black", "white"]
        var segment = Segment()
        var live: [String: (text: String, vector: [Float], version: Int)] = [:]
        for step in 1...600 {
            let id = "d\(Int.random(in: 0..<60, using: &random))"
            if live[id] != nil, Bool.random(using: &random) {
                segment.remove(document: id)
                live[id] = nil
            } else {
                let text = (0..<Int.random(in: 1...12)).map { _ in words.randomElement(using: &random)! }.joined(separator: " ")
                let angle = Float.random(in: 0...6.28, using: &random)
                let entry = (text: text, vector: [cos(angle), sin(angle)], version: step)
                segment.append(chunk(id, text, entry.vector, version: step), of: document(id))
                live[id] = entry
            }
            guard step % 50 == 0 else { continue }
            var anew = Segment()
            for (id, entry) in live { anew.append(chunk(id, entry.text, entry.vector, version: entry.version), of: document(id)) }
            #expect(segment.count == live.count)
            for mode in PassageQuery.Mode.allCases {
                let query = PassageQuery(text: "black kettle price", vector: [1, 0], mode: mode, limit: 20)
                let (left, right) = (segment.search(query), anew.search(query))
                // Sums of the same numbers in another order differ in their last bit, which may swap equals.
                #expect(zip(left, right).allSatisfy { abs($0.score - $1.score) < 1e-4 } && left.count == right.count)
                if mode == .vector { #expect(left.map(\.chunkID) == right.map(\.chunkID)) }
            }
        }
    }
}
