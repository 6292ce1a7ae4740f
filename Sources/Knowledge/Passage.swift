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
    /// 0…1, best first: see `PassageQuery.Mode`.
    package var score: Double
    package var vectorScore: Double?
    package var textScore: Double?

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

/// What is asked of a brand's passages.
package struct PassageQuery: Sendable {
    /// How passages are ranked, and what their score is.
    package enum Mode: String, Sendable, CaseIterable {
        /// Both rankings: scores scaled over the best of this query and combined, 1 for what is best in both.
        case hybrid
        /// The cosine of query and chunk, negative ones as 0.
        case vector
        /// BM25 as a part of the highest score that the query's words could give.
        case text
    }

    package var text: String
    /// Unit length, of the model that embedded the chunks; empty for a text search.
    package var vector: [Float]
    package var mode: Mode
    /// The vectors' part of a hybrid score.
    package var vectorWeight = 0.5
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
