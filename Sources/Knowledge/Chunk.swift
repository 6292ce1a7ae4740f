/// A piece of a document's version, with what it is embedded as.
package struct Chunk: Sendable, Hashable {
    /// `<documentId>.<version>.<ordinal>`.
    package var id: String
    package var documentID: String
    package var version: Int
    package var ordinal: Int
    package var headingPath: [String]
    /// Where it stands in the document's content.
    package var span: TextSpan
    /// The words as they stand there; for HTML and JSON without the markup.
    package var text: String
    /// What a model says of its place in the document; empty where none was asked.
    package var context = ""
    /// Context header, context and text, as the embedding model reads it.
    package var embedText: String
    /// The text without markup, as a lexical index reads it.
    package var searchText: String
    /// Unit length; as many elements as the model has dimensions.
    package var embedding: [Float]
    package var embeddingModel: String
    /// Name, version and options of the chunker that cut it.
    package var chunker: String

    package init(
        documentID: String, version: Int, ordinal: Int, headingPath: [String], span: TextSpan, text: String,
        embedText: String, searchText: String, embedding: [Float], embeddingModel: String, chunker: String
    ) {
        id = "\(documentID).\(version).\(ordinal)"
        self.documentID = documentID
        self.version = version
        self.ordinal = ordinal
        self.headingPath = headingPath
        self.span = span
        self.text = text
        self.embedText = embedText
        self.searchText = searchText
        self.embedding = embedding
        self.embeddingModel = embeddingModel
        self.chunker = chunker
    }
}
