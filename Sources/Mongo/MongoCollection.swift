package import BSON
import CMongo

/// A collection by name; what it does is in the extensions beside this file.
package struct MongoCollection: Sendable {
    package let database: MongoDatabase
    package let name: String

    /// Runs `body` on a thread with this collection as the target.
    func run<Answer: Sendable>(
        session: MongoSession?, _ body: @escaping @Sendable (cmongo_target_t, Int) throws(MongoError) -> Answer
    ) async throws -> Answer {
        let (database, collection) = (database.name, name)
        return try await self.database.client.threads.run(on: session?.thread) { connection in
            let thread = connection.thread
            return try connection.withTarget(database, collection, session: session?.handle.pointer) { target throws(MongoError) in
                try body(target, thread)
            }
        }
    }
}

/// An index to have; `keys` map field paths to 1 or -1.
package struct MongoIndex: Sendable {
    package var keys: BSONDocument
    package var isUnique = false
    package var expireAfterSeconds: Int?

    package init(_ keys: BSONDocument, unique: Bool = false, expireAfterSeconds: Int? = nil) {
        self.keys = keys
        isUnique = unique
        self.expireAfterSeconds = expireAfterSeconds
    }

    /// `field_1_other_-1`, as the shell names them.
    package var name: String {
        keys.elements.map { "\($0.key)_\($0.value.integerValue ?? 1)" }.joined(separator: "_")
    }
}

extension MongoCollection {
    /// Makes the indexes that are missing; an equal one that exists is left alone.
    package func createIndexes(_ indexes: [MongoIndex]) async throws {
        let specifications = indexes.map { index -> BSONValue in
            var document: BSONDocument = ["key": .document(index.keys), "name": .string(index.name)]
            if index.isUnique { document["unique"] = true }
            if let seconds = index.expireAfterSeconds { document["expireAfterSeconds"] = .int64(Int64(seconds)) }
            return .document(document)
        }
        try await database.run(["createIndexes": .string(name), "indexes": .array(specifications)], .write)
    }

    /// Makes the collection; one that exists is left alone.
    package func create() async throws {
        do {
            try await database.run(["create": .string(name)], .write)
        } catch let error as MongoError where error.code == 48 {}
    }

    package func count(_ filter: BSONDocument = [:], session: MongoSession? = nil) async throws -> Int {
        let pipeline: [BSONDocument] = [["$match": .document(filter)], ["$count": "n"]]
        let counted = try await aggregate(pipeline, session: session).collect(limit: 1)
        return counted.first?["n"]?.integerValue.map(Int.init) ?? 0
    }

    /// Drops the collection; one that does not exist is no error.
    package func drop() async throws {
        do {
            try await database.run(["drop": .string(name)], .write)
        } catch let error as MongoError where error.code == 26 {}
    }
}
