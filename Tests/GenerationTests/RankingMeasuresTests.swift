import Retrieval
import Testing

@Suite struct `Measures of rankings` {
    @Test func `are those of the text books`() {
        var measures = RankingMeasures()
        measures.add(ranked: ["a", "x", "b"], relevant: ["a", "b"])
        measures.add(ranked: ["x", "y", "z", "u", "v", "w", "c"], relevant: ["c"])
        measures.add(ranked: [], relevant: ["d"])
        func mean(_ values: Double...) -> Double { values.reduce(0, +) / 3 }
        let expected = [
            "hit@5": mean(1, 0, 0), "recall@5": mean(1, 0, 0), "recall@10": mean(1, 1, 0), "MRR": mean(1, 1.0 / 7, 0),
            // 1 + 1/log2(4) over 1 + 1/log2(3); 1/log2(8).
            "ndcg@10": mean(1.5 / 1.630929753571457, 1.0 / 3, 0),
        ]
        for (name, value) in expected { #expect(abs((measures[name] ?? -1) - value) < 1e-9, "\(name)") }
        #expect(measures.questions == 3 && measures["none"] == nil)
    }
}
