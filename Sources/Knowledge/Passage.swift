package import JSON

/// A chunk that answers a query, with its scores.
package struct Passage: Sendable, Hashable {
    package var chunkID: String
    package var documentID: String
    package var documentTitle: String
    package var headingPath: [String]
    package var text: String
    package var span: TextSpan
    package var metadata: JSON
    /// 0…1: see `PassageQuery`.
    package var score: Double
    /// The cosine of query and passage.
    package var vectorScore: Double?
    /// BM25 as a part of the highest that the query's words could give.
    package var textScore: Double?
    /// How the score came about, where that was asked for.
    package var explanation: ScoreExplanation?

    package init(
        chunkID: String, documentID: String, documentTitle: String, headingPath: [String], text: String, span: TextSpan,
        metadata: JSON, score: Double, vectorScore: Double?, textScore: Double?
    ) {
        self.chunkID = chunkID
        self.documentID = documentID
        self.documentTitle = documentTitle
        self.headingPath = headingPath
        self.text = text
        self.span = span
        self.metadata = metadata
        self.score = score
        self.vectorScore = vectorScore
        self.textScore = textScore
    }
}

/// How a passage came to its score.
package struct ScoreExplanation: Sendable, Hashable {
    /// A word of the query that the passage has, as the index compares it.
    package struct Word: Sendable, Hashable {
        package var word: String
        package var count: Int
        /// What it adds to the BM25 score.
        package var score: Double

        package init(word: String, count: Int, score: Double) {
            self.word = word
            self.count = count
            self.score = score
        }
    }

    /// The query's cosine with texts about anything, and the cosine on a scale from there to 1.
    package var background: Double?
    package var vector: Double?
    /// BM25, the highest that it could be, and the words that it comes from.
    package var bm25: Double?
    package var ceiling: Double?
    package var words: [Word] = []
    /// The part of `vector` in a hybrid score; `text` has the rest.
    package var vectorWeight: Double?
    /// Places from 1 in the two rankings, where they were fused by rank.
    package var vectorRank: Int?
    package var textRank: Int?

    package init() {}
}

/// What is asked of a brand's passages.
///
/// A score is, in every mode, the part that a passage has of what any passage could have: 0 for one that is no closer to
/// the query than texts about anything are, 1 for one that could not be closer. By vectors that is (c - b) / (1 - b), of
/// the cosine c and the background b; by words BM25 over the highest that the query's words could give; in hybrid mode
/// a convex combination of the two (S. Bruch et al., "An Analysis of Fusion Functions for Hybrid Retrieval", 2023), or
/// the vectors' part alone for a query of which no word stands anywhere. What would be below 0 is 0.
package struct PassageQuery: Sendable {
    /// What passages are ranked by.
    package enum Mode: String, Sendable, CaseIterable { case hybrid, vector, text }

    /// How a hybrid search puts its two rankings together.
    package enum Fusion: String, Sendable, CaseIterable {
        /// By the score.
        case convex
        /// By the sum of 1 / (60 + rank) over both rankings (G. Cormack et al., "Reciprocal Rank Fusion outperforms
        /// Condorcet", 2009); the score stays what it is, so that it need not fall from passage to passage.
        case reciprocalRank
    }

    package var text: String
    /// Unit length, of the model that embedded the chunks; empty for a text search.
    package var vector: [Float]
    package var mode: Mode
    package var fusion = Fusion.convex
    /// The query's cosine with texts about anything, below 1.
    package var background = 0.0
    /// The vectors' part of a hybrid score.
    package var vectorWeight = 0.5
    /// Whether each passage says how it came to its score.
    package var explains = false
    package var limit: Int
    package var minScore: Double
    /// 0 for the best passages, up to 1 for the most different ones among the good.
    package var diversity = 0.0
    package var filter: PassageFilter

    package init(
        text: String, vector: [Float], mode: Mode = .hybrid, limit: Int, minScore: Double = 0, filter: PassageFilter = PassageFilter()
    ) {
        self.text = text
        self.mode = mode
        self.vector = vector
        self.limit = limit
        self.minScore = minScore
        self.filter = filter
    }
}
