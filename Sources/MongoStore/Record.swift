// MongoStore: the stores of Knowledge on MongoDB. It maps values to documents and failures to `StoreError`;
// nothing above it knows a field's name in the database.

import BSON
import Knowledge
import Mongo

/// Domain values as documents: the fields of their Codable form under an explicit `_id`.
enum Record {
    static func encode(_ value: some Encodable, id: String) throws -> BSONDocument {
        let fields = try BSONEncoder().encode(value)
        return BSONDocument([("_id", .string(id))] + fields.elements.map { ($0.key, $0.value) })
    }

    static func decode<Value: Decodable>(_ type: Value.Type, _ document: BSONDocument) throws -> Value {
        do {
            return try BSONDecoder().decode(type, from: document)
        } catch {
            throw StoreError.corrupt("\(type) \(document["_id"]?.stringValue ?? "without _id"): \(error)")
        }
    }

    /// `workspace/brand` and whatever follows; none of the parts can hold a slash.
    static func id(_ brand: BrandKey, _ rest: String...) -> String {
        ([brand.workspace, brand.brand] + rest).joined(separator: "/")
    }

    /// The condition that a field has one of the values.
    static func anyOf(_ values: Set<String>) -> BSONValue {
        if values.count == 1, let only = values.first { return .string(only) }
        return ["$in": .array(values.sorted().map(BSONValue.string))]
    }

    static func filter(_ brand: BrandKey) -> BSONDocument {
        ["brand.workspace": .string(brand.workspace), "brand.brand": .string(brand.brand)]
    }
}

extension BSONDocument {
    func adding(_ key: String, _ value: BSONValue) -> BSONDocument {
        var document = self
        document[key] = value
        return document
    }
}

/// How long a caller waits for one call to the database.
enum StorePatience {
    /// Somebody waits for the answer.
    static let request = Duration.seconds(2)
    /// Comparisons of what is in memory read much, but nobody waits for them.
    static let comparison = Duration.seconds(5)
    /// Durable work, and deletions of much, wait longer.
    static let work = Duration.seconds(30)

    static var current: Duration { Durability.patience ?? (Durability.isDurable ? work : request) }
}

/// Runs database calls and turns their failure into a `StoreError`; the one place that reads `MongoError`.
@discardableResult
func translating<Answer>(patience: Duration = StorePatience.current, _ body: () async throws -> Answer) async throws -> Answer {
    do {
        return try await MongoTimeLimit.$current.withValue(patience, operation: body)
    } catch let error as MongoError {
        throw switch error.kind {
        case .unavailable, .overloaded, .transactionConflict, .unknownCommitResult, .changeStreamLost: StoreError.unavailable
        case .duplicateKey: StoreError.conflict
        case .invalidDocument: StoreError.invalid(error.detail)
        case .unauthorized, .misconfigured, .refused: StoreError.corrupt(error.debugDescription)
        }
    }
}

extension MongoCollection {
    /// A page by ascending or descending `_id`, one document more than asked to know whether more follow.
    func page<Item: Sendable>(
        _ filter: BSONDocument, _ request: PageRequest, idPrefix: String = "", newestFirst: Bool = false,
        projection: BSONDocument? = nil, cursor: (Item) -> String, _ decode: (BSONDocument) throws -> Item
    ) async throws -> Page<Item> {
        var filter = filter
        if let after = request.after {
            filter["_id"] = [newestFirst ? "$lt" : "$gt": .string(idPrefix + after)]
        }
        let options = FindOptions(sort: ["_id": newestFirst ? -1 : 1], limit: request.limit + 1, projection: projection)
        let found = try await translating { try await find(filter, options).collect(limit: request.limit + 1) }
        let items = try found.prefix(request.limit).map(decode)
        return Page(items: items, nextCursor: found.count > request.limit ? items.last.map(cursor) : nil)
    }
}
