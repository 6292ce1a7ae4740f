import BSON
import Knowledge

/// An index that mongot keeps, and how it is asked.
///
/// Sources: MongoDB manual, "$vectorSearch", "How to Index Fields for Vector Search" and "$search (compound, in, equals)".
enum SearchIndex: Sendable, Hashable {
    /// One for each size of vector: chunks of other sizes are not in it.
    case vectors(dimensions: Int)
    case words

    var name: String {
        switch self {
        case .vectors(let dimensions): "postwright_vectors_\(dimensions)"
        case .words: "postwright_words"
        }
    }

    /// For `createSearchIndexes`.
    var definition: BSONDocument {
        switch self {
        case .vectors(let dimensions):
            let vector: BSONDocument = [
                "type": "vector", "path": "embedding", "numDimensions": .int32(Int32(dimensions)), "similarity": "dotProduct",
            ]
            let filters = Self.filterFields.map { BSONValue.document(["type": "filter", "path": .string($0)]) }
            return ["name": .string(name), "type": "vectorSearch", "definition": ["fields": .array([.document(vector)] + filters)]]
        case .words:
            var fields: BSONDocument = ["embedText": ["type": "string", "analyzer": "lucene.standard"]]
            for field in Self.filterFields { fields[field] = ["type": "token"] }
            return [
                "name": .string(name), "type": "search",
                "definition": ["mappings": ["dynamic": false, "fields": .document(fields)]],
            ]
        }
    }

    private static let filterFields = ["workspace", "brand", "documentId"]
    /// More than are asked for are looked at, which makes the approximation closer; the server takes up to 10,000.
    private static let breadth = 20

    /// The closest chunks of a brand, whole.
    ///
    /// - Parameter documents: ids of those that may be found; nil for all.
    func pipeline(_ query: PassageQuery, _ brand: BrandKey, documents: [String]?, limit: Int) -> [BSONDocument] {
        let limitValue = BSONValue.int32(Int32(limit))
        let ids = documents.map { BSONValue.array($0.map(BSONValue.string)) }
        switch self {
        case .vectors:
            var conditions: [BSONValue] = [
                .document(["workspace": ["$eq": .string(brand.workspace)]]), .document(["brand": ["$eq": .string(brand.brand)]]),
            ]
            if let ids { conditions.append(.document(["documentId": ["$in": ids]])) }
            return [
                [
                    "$vectorSearch": [
                        "index": .string(name), "path": "embedding", "queryVector": .binary(BSONBinary(vector: query.vector)),
                        "numCandidates": .int32(Int32(min(10_000, limit * Self.breadth))), "limit": limitValue,
                        "filter": ["$and": .array(conditions)],
                    ]
                ]
            ]
        case .words:
            var conditions: [BSONValue] = [
                .document(["equals": ["path": "workspace", "value": .string(brand.workspace)]]),
                .document(["equals": ["path": "brand", "value": .string(brand.brand)]]),
            ]
            if let ids { conditions.append(.document(["in": ["path": "documentId", "value": ids]])) }
            let text: BSONDocument = ["text": ["query": .string(query.text), "path": "embedText"]]
            return [
                [
                    "$search": [
                        "index": .string(name),
                        "compound": ["must": .array([.document(text)]), "filter": .array(conditions)],
                    ]
                ],
                ["$limit": limitValue],
            ]
        }
    }
}
