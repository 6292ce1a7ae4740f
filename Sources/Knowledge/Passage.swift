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
    /// 0…1: the cosine of query and chunk, negative ones as 0.
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
    package var text: String
    /// Unit length, of the model that embedded the chunks.
    package var vector: [Float]
    package var limit: Int
    package var minScore: Double
    package var filter: PassageFilter

    package init(text: String, vector: [Float], limit: Int, minScore: Double = 0, filter: PassageFilter = PassageFilter()) {
        self.text = text
        self.vector = vector
        self.limit = limit
        self.minScore = minScore
        self.filter = filter
    }
}
