import Generation
package import GraphQL
import JSON
package import Knowledge

extension Knowledge.Document: Listed {
    package static let typeName = "Document"
    package static var objectType: ObjectDefinition<Knowledge.Document> {
        ObjectDefinition(
            "Something that a brand knows.",
            Field("id", \.nodeID), Field("title", \.title), Field("kind", \.kind), Field("format", \.format),
            Field("source", "Where it came from.", \.source), Field("state", \.state), Field("error", \.error), Field("version", \.version),
            Field("chunkCount", \.chunkCount), Field("contentHash", "SHA-256, in hexadecimal.", \.contentHash),
            Field("metadata", \.metadata), Field("createdAt", \.createdAt), Field("updatedAt", \.updatedAt),
            .batch("brand") { documents, context in try await context.graphQL.brands(documents.map(\.brand)) },
            Field("chunks", size: .argument("first"), Paging.first, Paging.after) { document, context, first, after in
                Connection(
                    page: try await context.graphQL.dependencies.documents.chunks(of: document, try Paging.request(first, after)))
            },
            Field("citingPosts", "The posts that cite it.", size: .argument("first"), Paging.first, Paging.after) {
                document, context, first, after -> Connection<Post> in
                Connection(
                    page: try await context.graphQL.dependencies.posts.posts(
                        citing: document.id, brand: document.brand, try Paging.request(first, after)))
            })
    }

    var cursor: String { id }
    var nodeID: ID { ID(id) }
}

extension Chunk: Listed {
    package static let typeName = "Chunk"
    package static var objectType: ObjectDefinition<Chunk> {
        ObjectDefinition(
            "A piece of a document, as it is searched.",
            Field("id", \.nodeID), Field("version", \.version), Field("ordinal", \.ordinal), Field("headingPath", \.headingPath),
            Field("span", "Its place in the document's content.", \.span), Field("text", \.text),
            Field("context", "What the language model says of its place in the document.", \.writtenContext),
            Field("embeddingModel", \.embeddingModel), Field("dimensions", \.embedding.count), Field("chunker", \.chunker))
    }

    var cursor: String { "\(ordinal)" }
    var nodeID: ID { ID(id) }
    var writtenContext: String? { context.isEmpty ? nil : context }
}

/// A passage, and the brand that it belongs to.
struct FoundPassage: ObjectOutput {
    let passage: Passage
    let brand: BrandKey

    static let typeName = "Passage"
    static var objectType: ObjectDefinition<Self> {
        ObjectDefinition(
            "A chunk that answers a question, with its scores.",
            Field("chunkId", \.chunkID), Field("documentTitle", \.passage.documentTitle), Field("headingPath", \.passage.headingPath),
            Field("text", \.passage.text), Field("span", \.passage.span),
            Field("score", "The part of what any passage could score, 0 to 1.", \.passage.score),
            Field("vectorScore", "The cosine.", \.passage.vectorScore), Field("textScore", \.passage.textScore),
            Field("metadata", \.passage.metadata), Field("explanation", "Where it was asked for.", \.explanation),
            .batch("document") { passages, context -> [Result<Knowledge.Document?, any Error>] in
                let documents = try context.graphQL.dependencies.documents
                var found: [BrandKey: [String: Knowledge.Document]] = [:]
                for (brand, own) in Dictionary(grouping: passages, by: \.brand) {
                    let ids = Set(own.map(\.passage.documentID)).sorted()
                    found[brand] = Dictionary(try await documents.documents(ids, brand: brand).map { ($0.id, $0) }) { first, _ in first }
                }
                return passages.map { .success(found[$0.brand]?[$0.passage.documentID]) }
            })
    }

    var chunkID: ID { ID(passage.chunkID) }
    var explanation: JSON? { passage.json["explanation"] }
}
