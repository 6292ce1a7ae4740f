import Foundation
import JSON
import Knowledge
import Testing

@testable import VectorIndex

@Suite struct `Words of a text` {
    @Test(.timeLimit(.minutes(1))) func `what is longer than words are keeps its ending`() {
        let long = String(repeating: "y", count: 200_000) + "eed"
        #expect(Tokenizer.tokens(of: long + " agreed") == [long, "agree"])
    }

    @Test(
        arguments: [
            ("The Kettles, boiling!", ["the", "kettle", "boil"]), ("Café CAFE\u{301} cafe", ["cafe", "cafe", "cafe"]),
            ("Smørbrød Straße", ["smorbrod", "strasse"]), ("don't don’t", ["dont", "dont"]), ("1.7 litres", ["1", "7", "litre"]),
            ("studies study studied", ["studi", "studi", "studi"]), ("hopping hoping hoped", ["hop", "hope", "hope"]),
            ("gas glass classes", ["ga", "glass", "class"]), ("日本語 пиво", ["日本", "本語", "пиво"]), ("東京の珈琲", ["東京", "京の", "の珈", "珈琲"]),
            ("水 2026年", ["水", "2026", "年"]),
            ("カ\u{3099}ス、ガス", ["カス", "カス"]), ("กาแฟ", ["กา", "าแ", "แฟ"]),
            ("저는 커피", ["저는".decomposedStringWithCanonicalMapping, "커피".decomposedStringWithCanonicalMapping]),
            ("Ｃｏｆｆｅｅ　２０２６", ["coffee", "2026"]), ("ΚΑΦΈΣ καφές", ["καφεσ", "καφεσ"]), ("--- …", []), ("", []),
            ("K2-900", ["k2", "900"]),
            ("agreed feed", ["agree", "feed"]), ("conflated troubled sized", ["conflate", "trouble", "size"]),
            ("snowing sky", ["snow", "sky"]),
        ])
    func `are folded and lightly stemmed`(text: String, words: [String]) { #expect(Tokenizer.tokens(of: text) == words) }
}

@Suite struct `A segment` {
    @Test func `is searched by words where the query's vector is another model's`() throws {
        var segment = Segment()
        try segment.append(chunk("kettle", "kettle0", [1, 0]), of: document("kettle"))
        func search(_ mode: PassageQuery.Mode, _ vector: [Float]) throws -> Int {
            try segment.search(PassageQuery(text: "kettle0", vector: vector, mode: mode, limit: 5)).count
        }
        #expect(try search(.hybrid, [1, 0]) == 1 && search(.hybrid, [1, 0, 0]) == 1)
        #expect(try search(.vector, [1, 0]) == 1 && search(.vector, [1, 0, 0]) == 0)
    }

    @Test func `counts what metadata takes, and forgets it with the document`() throws {
        var segment = Segment()
        var large = document("large")
        large.metadata = ["list": .array((0..<10_000).map { JSON($0) })]
        try segment.append(chunk("small", "small", [1, 0]), of: document("small"))
        let before = segment.byteCount
        try segment.append(chunk("large", "large", [1, 0]), of: large)
        #expect(segment.byteCount - before > 500_000)
        try segment.remove(document: "large")
        #expect(segment.byteCount - before < 10_000)
    }

    @Test func `words of documents that are gone do not stay for ever`() throws {
        var segment = Segment()
        try segment.append(chunk("small", "small", [1, 0]), of: document("small"))
        var (bytes, rounds) = (0, 0)
        repeat {
            try segment.remove(document: "large")
            let words = (0..<20_000).map { "word\(rounds)x\($0)" }.joined(separator: " ")
            try segment.append(chunk("large", words, [1, 0]), of: document("large"))
            (bytes, rounds) = (max(bytes, segment.byteCount), rounds + 1)
        } while !segment.isWorthLoadingAnew && rounds < 20
        // Fifty thousand may stay.
        #expect(rounds == 4 && segment.isWorthLoadingAnew && bytes < 20_000_000)
    }

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

    private func segment(_ texts: [(id: String, text: String, vector: [Float])]) throws -> Segment {
        var segment = Segment()
        for entry in texts { try segment.append(chunk(entry.id, entry.text, entry.vector), of: document(entry.id)) }
        return segment
    }

    private func ids(_ segment: Segment, _ text: String, _ vector: [Float], _ mode: PassageQuery.Mode, minScore: Double = 0) throws
        -> [String]
    {
        try segment.search(PassageQuery(text: text, vector: vector, mode: mode, limit: 10, minScore: minScore)).map(\.documentID)
    }

    @Test func `ranks by words, by meaning and by both`() throws {
        let segment = try segment([
            ("a", "kettles boil water", [1, 0]), ("b", "a kettle and a kettle", [0.6, 0.8]), ("c", "something else", [0, 1]),
        ])
        #expect(try ids(segment, "kettle", [], .text) == ["b", "a"])
        #expect(try ids(segment, "kettle", [0, 1], .vector) == ["c", "b", "a"])
        #expect(try ids(segment, "kettle", [0, 1], .hybrid) == ["b", "c", "a"])
        #expect(try ids(segment, "teapot", [0, 1], .hybrid) == ["c", "b", "a"], "without common words the vectors decide")
        #expect(try ids(segment, "teapot", [], .text).isEmpty)
        #expect(try ids(segment, "kettle", [0, 1], .vector, minScore: 0.7) == ["c", "b"])
        let found = try segment.search(PassageQuery(text: "kettle", vector: [0, 1], mode: .hybrid, limit: 1))[0]
        let (cosine, words) = (try #require(found.vectorScore), try #require(found.textScore))
        #expect(abs(cosine - 0.8) < 1e-6 && words > 0.4 && words < 1 && abs(found.score - (cosine + words) / 2) < 1e-6)
    }

    @Test func `a score means the same in every mode`() throws {
        let segment = try segment([
            ("same", "kettle", [1, 0]), ("near", "kettle and pot", [0.9, 0.436]), ("any", "else", [0.5, 0.866]), ("far", "else", [-1, 0]),
        ])
        func scores(_ mode: PassageQuery.Mode) throws -> [String: Double] {
            var query = PassageQuery(text: "kettle", vector: [1, 0], mode: mode, limit: 10)
            query.background = 0.5
            query.explains = true
            let found = try segment.search(query)
            #expect(found.allSatisfy { $0.explanation != nil && (0...1).contains($0.score) })
            return Dictionary(uniqueKeysWithValues: found.map { ($0.documentID, $0.score) })
        }
        let (vector, text, both) = (try scores(.vector), try scores(.text), try scores(.hybrid))
        #expect(abs((vector["same"] ?? 0) - 1) < 1e-6 && abs((vector["near"] ?? 0) - 0.8) < 1e-3)
        #expect(vector["any"].map { $0 < 1e-3 } == true && vector["far"] == 0 && text["any"] == nil)
        for id in ["same", "near"] { #expect(abs((both[id] ?? 0) - ((vector[id] ?? 0) + (text[id] ?? 0)) / 2) < 1e-6) }
    }

    @Test func `ranks fused, and what each word adds`() throws {
        let segment = try segment([
            ("a", "kettle kettle pot", [0, 1]), ("b", "pot", [1, 0]), ("c", "kettle", [0.8, 0.6]), ("d", "else", [0.9, 0.436]),
        ])
        var query = PassageQuery(text: "kettles and pots", vector: [1, 0], mode: .hybrid, limit: 4)
        query.fusion = .reciprocalRank
        query.explains = true
        let found = try segment.search(query)
        // By vectors b, d, c, a; by words a, then b and c alike.
        #expect(found.map(\.documentID) == ["b", "a", "c", "d"])
        let first = try #require(found.first?.explanation)
        #expect(first.vectorRank == 1 && first.textRank == 2)
        let pair = try #require(found.first { $0.documentID == "a" }?.explanation)
        #expect(Set(pair.words.map(\.word)) == ["kettle", "pot"] && pair.words.first { $0.word == "kettle" }?.count == 2)
        #expect(abs(pair.words.map(\.score).reduce(0, +) - (pair.bm25 ?? 0)) < 1e-5)
    }

    @Test(
        arguments: [
            ("de", "Die Kannen und die Kanne", "kanne"), ("nb", "kjelene kjelen kjele", "kjele"), ("sv", "kannorna kannor", "kanna"),
            ("fr", "bouilloires", "bouilloire"), ("es", "teteras", "tetera"), ("nl", "ketels", "ketel"), ("it", "teiere", "teiera"),
            ("pt", "chaleiras", "chaleira"), ("da", "kedlerne kedler", "kedlen"), ("fi", "kattila", "kattila"),
        ])
    func `words of other languages are found in their other forms`(tag: String, text: String, word: String) throws {
        var segment = Segment(language: Language(tag: tag))
        try segment.append(chunk("a", text, [1, 0]), of: document("a"))
        try segment.append(chunk("b", "something else", [1, 0]), of: document("b"))
        #expect(try ids(segment, word, [], .text) == ["a"])
    }

    @Test func `diversity prefers what is not said yet`() throws {
        let segment = try segment([("a", "x", [1, 0]), ("b", "x", [0.999, 0.0447]), ("c", "x", [0.7, -0.714])])
        func found(_ diversity: Double) throws -> [String] {
            var query = PassageQuery(text: "", vector: [1, 0], mode: .vector, limit: 2)
            query.diversity = diversity
            return try segment.search(query).map(\.documentID)
        }
        #expect(try found(0) == ["a", "b"])
        #expect(try found(0.1) == ["a", "b"])
        #expect(try found(0.6) == ["a", "c"])
        #expect(try found(1).count == 2)
    }

    @Test func `rare words weigh more, long texts less`() throws {
        let filler = String(repeating: "word ", count: 200)
        let segment = try segment([
            ("long", "zebra " + filler, [1, 0]), ("short", "zebra word", [1, 0]), ("common", "word word word", [1, 0]),
        ])
        #expect(try ids(segment, "zebra", [], .text) == ["short", "long"])
        #expect(try ids(segment, "zebra word", [], .text).first == "short")
    }

    @Test func `ties go to the smaller chunk id`() throws {
        let segment = try segment(["c", "a", "b"].map { ($0, "same", [1, 0]) })
        for mode in PassageQuery.Mode.allCases { #expect(try ids(segment, "same", [1, 0], mode) == ["a", "b", "c"]) }
    }

    @Test func `after any changes it answers as one that was filled anew`() throws {
        var random = SystemRandomNumberGenerator()
        let words = ["kettle", "water", "coffee", "bean", "price", "euro", "gram", "steel", "black", "white"]
        var segment = Segment()
        var live: [String: (text: String, vector: [Float], version: Int)] = [:]
        for step in 1...600 {
            let id = "d\(Int.random(in: 0..<60, using: &random))"
            if live[id] != nil, Bool.random(using: &random) {
                try segment.remove(document: id)
                live[id] = nil
            } else {
                let text = (0..<Int.random(in: 1...12)).map { _ in words.randomElement(using: &random)! }.joined(separator: " ")
                let angle = Float.random(in: 0...6.28, using: &random)
                let entry = (text: text, vector: [cos(angle), sin(angle)], version: step)
                try segment.append(chunk(id, text, entry.vector, version: step), of: document(id))
                live[id] = entry
            }
            guard step % 50 == 0 else { continue }
            var anew = Segment()
            for (id, entry) in live { try anew.append(chunk(id, entry.text, entry.vector, version: entry.version), of: document(id)) }
            #expect(segment.count == live.count)
            for mode in PassageQuery.Mode.allCases {
                let query = PassageQuery(text: "black kettle price", vector: [1, 0], mode: mode, limit: 20)
                let (left, right) = (try segment.search(query), try anew.search(query))
                // Sums of the same numbers in another order differ in their last bit, which may swap equals.
                #expect(zip(left, right).allSatisfy { abs($0.score - $1.score) < 1e-4 } && left.count == right.count)
                if mode == .vector { #expect(left.map(\.chunkID) == right.map(\.chunkID)) }
            }
        }
    }
}
