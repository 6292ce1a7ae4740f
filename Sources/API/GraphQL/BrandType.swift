package import GraphQL
import JSON
package import Knowledge

extension Brand: Listed {
    package static let typeName = "Brand"
    package static var objectType: ObjectDefinition<Brand> {
        ObjectDefinition(
            "Who speaks, to whom, and what for.",
            Field("id", \.nodeID), Field("name", \.name), Field("identity", \.identity), Field("goals", \.goals),
            Field("metadata", \.metadata), Field("createdAt", \.createdAt), Field("updatedAt", \.updatedAt),
            Field("documents", "What the brand knows.", size: .argument("first"), Paging.first, Paging.after) {
                brand, context, first, after in
                Connection(
                    page: try await context.graphQL.dependencies.documents.documents(
                        brand: brand.key, try Paging.request(first, after)))
            },
            Field("document", nil, Argument<ID>("id")) { brand, context, id -> Document? in
                let graphQL = try context.graphQL
                return try await graphQL.dependencies.documents.document(try graphQL.checked(id, of: "document"), brand: brand.key)
            },
            Field("search", "The brand's best passages for a question.", Argument<SearchInput>("input")) { brand, context, input in
                try await input.passages(of: brand.key, try context.graphQL)
            }.weighing(500))
    }

    var cursor: String { id }
    var nodeID: ID { ID(id) }
}

extension Brand.Identity: ObjectOutput {
    package static let typeName = "BrandIdentity"
    package static var objectType: ObjectDefinition<Brand.Identity> {
        ObjectDefinition(
            "How the brand sounds and what it stands for.",
            Field("voice", \.voice), Field("tone", \.tone), Field("values", \.values), Field("audience", \.audience), Field("dos", \.dos),
            Field("donts", \.donts), Field("bannedTerms", \.bannedTerms),
            Field("requiredTerms", "What every post has to say.", \.requiredTerms), Field("style", \.style),
            Field("languages", "BCP 47 tags.", \.languages))
    }
}

extension Brand.Style: ObjectOutput {
    package static let typeName = "BrandStyle"
    package static var objectType: ObjectDefinition<Brand.Style> {
        ObjectDefinition(
            "What can be counted of how the brand writes; null is no limit.",
            Field("person", \.person), Field("maxEmoji", \.maxEmoji), Field("maxHashtags", \.maxHashtags),
            Field("maxSentenceWords", \.maxSentenceWords),
            Field("maxReadingLevel", "LIX, of which a newspaper has about 40.", \.maxReadingLevel))
    }
}
