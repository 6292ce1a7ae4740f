import BSON
package import Knowledge
import Mongo

// A workspace's month is one document, so that a batch is added to its sum, days, models and brands at once:
// `{_id: "acme/2026-11", tokens, micros, total: {…}, days: {"2026-11-25": {…}}, models: {…}, brands: {…}, writers: {…}}`.

extension MongoStores: AccountStore {
    var budgetRecords: MongoCollection { database.collection("budgets") }
    var usage: MongoCollection { database.collection("usage") }

    package func budget(workspace: String) async throws -> Budget? {
        let found = try await translating { try await budgetRecords.findOne(["_id": .string(workspace)]) }
        return try found.map { try Record.decode(Budget.self, $0) }
    }

    package func budgets() async throws -> [String: Budget] {
        let found = try await translating { try await budgetRecords.find([:]).collect(limit: 100_000) }
        return try found.reduce(into: [:]) { all, record in
            if let workspace = record["_id"]?.stringValue { all[workspace] = try Record.decode(Budget.self, record) }
        }
    }

    package func setBudget(_ budget: Budget?, workspace: String) async throws {
        let own: BSONDocument = ["_id": .string(workspace)]
        guard let budget else { return try await translating { try await budgetRecords.deleteOne(own) } }
        var fields = try BSONEncoder().encode(budget)
        fields["_id"] = .string(workspace)
        try await translating { [fields] in try await budgetRecords.replaceOne(own, fields, upsert: true) }
    }

    package func add(_ batch: ChargeBatch) async throws {
        let writer = "writers.\(batch.writer)"
        var changes = BSONDocument()
        for charge in batch.charges {
            let places = ["total", "days.\(charge.day)", "models.\(Self.key(charge.model))", "brands.\(Self.key(charge.brand))"]
            for place in places {
                for (name, amount) in Self.amounts(charge) where amount != 0 {
                    let path = "\(place).\(name)"
                    changes[path] = .int64((changes[path]?.integerValue ?? 0) + Int64(amount))
                }
            }
        }
        let filter: BSONDocument = [
            "_id": .string("\(batch.workspace)/\(batch.month)"), writer: ["$not": ["$gte": .int64(Int64(batch.number))]],
        ]
        var update: BSONDocument = [
            "$set": [
                "workspace": .string(batch.workspace), "month": .string(batch.month.description), writer: .int64(Int64(batch.number)),
            ]
        ]
        if !changes.isEmpty { update["$inc"] = .document(changes) }
        do {
            try await translating { [update] in try await usage.updateOne(filter, update, upsert: true) }
        } catch StoreError.conflict {
            // The month is there and has the batch already; or somebody made the month at this moment.
            let month = try await translating { try await usage.findOne(["_id": filter["_id"] ?? .null], projection: [writer: 1]) }
            guard case .document(let writers)? = month?["writers"], (writers[batch.writer]?.integerValue ?? -1) >= Int64(batch.number)
            else { throw StoreError.unavailable }
        }
    }

    package func statement(workspace: String, month: BillingMonth) async throws -> Statement {
        let found = try await translating {
            try await usage.findOne(["_id": .string("\(workspace)/\(month)")], projection: ["writers": 0])
        }
        var statement = Statement(month: month)
        guard let found else { return statement }
        statement.total = Self.line(found["total"])
        statement.days = Self.lines(found["days"])
        statement.models = Self.lines(found["models"])
        statement.brands = Self.lines(found["brands"])
        return statement
    }

    package func reserved(workspace: String) async throws -> Spending {
        try await translating { try await reserved(workspace: workspace, session: nil) }
    }

    private func reserved(workspace: String, session: MongoSession?) async throws -> Spending {
        var found: [BSONDocument] = []
        // One state at a time: few are under way, however many there are.
        for state in [Operation.State.queued, .running] {
            let filter: BSONDocument = [
                "state": .string(state.rawValue), "brand.workspace": .string(workspace), "reservation": ["$exists": true],
            ]
            let options = FindOptions(projection: ["reservation": 1, "usage": 1])
            found += try await operations.find(filter, options, session: session).collect(limit: 100_000)
        }
        return try found.reduce(Spending()) { sum, record in
            guard case .document(let fields)? = record["reservation"] else { return sum }
            let reservation = try Record.decode(Spending.self, fields)
            guard case .document(let usage)? = record["usage"] else { return sum + reservation }
            return sum + reservation.outstanding(after: try Record.decode(Usage.self, usage).tokens)
        }
    }

    /// Checks in the session's transaction that the operation fits; two that come at once meet in the month's document.
    func reserve(_ operation: Operation, within limit: BudgetGuard, session: MongoSession) async throws {
        let workspace = operation.brand.workspace
        let month: BSONDocument = ["_id": .string("\(workspace)/\(limit.month)")]
        try await usage.updateOne(
            month, ["$inc": ["acceptances": .int64(1)], "$set": ["workspace": .string(workspace), "month": .string("\(limit.month)")]],
            upsert: true, session: session)
        let used = Self.line(try await usage.findOne(month, projection: ["total": 1], session: session)?["total"])
        let reserved = try await reserved(workspace: workspace, session: session)
        try limit.check(operation.outstanding, used: used.spending, reserved: reserved)
    }

    // MARK: Fields

    /// A name as a key: dots and dollars have a meaning to the database, and a key cannot be empty.
    private static func key(_ name: String) -> String {
        name.isEmpty ? "%" : escapes.reversed().reduce(name) { $0.replacing($1.character, with: $1.code) }
    }

    /// In the order in which they are undone.
    private static let escapes: [(character: String, code: String)] = [(".", "%2E"), ("$", "%24"), ("\0", "%00"), ("%", "%25")]

    private static func name(_ key: String) -> String {
        key == "%" ? "" : escapes.reduce(key) { $0.replacing($1.code, with: $1.character) }
    }

    private static func amounts(_ charge: Charge) -> [(String, Int)] {
        [
            ("inputTokens", charge.usage.inputTokens), ("outputTokens", charge.usage.outputTokens),
            ("embeddingTokens", charge.usage.embeddingTokens), ("languageCalls", charge.usage.languageCalls),
            ("embeddingCalls", charge.usage.embeddingCalls), ("imageCalls", charge.usage.imageCalls), ("micros", charge.micros),
        ]
    }

    private static func line(_ value: BSONValue?) -> Statement.Line {
        guard case .document(let fields)? = value else { return .init() }
        func amount(_ name: String) -> Int { Int(fields[name]?.integerValue ?? 0) }
        var usage = Usage()
        usage.inputTokens = amount("inputTokens")
        usage.outputTokens = amount("outputTokens")
        usage.embeddingTokens = amount("embeddingTokens")
        usage.languageCalls = amount("languageCalls")
        usage.embeddingCalls = amount("embeddingCalls")
        usage.imageCalls = amount("imageCalls")
        return .init(usage: usage, micros: amount("micros"))
    }

    private static func lines(_ value: BSONValue?) -> [String: Statement.Line] {
        guard case .document(let fields)? = value else { return [:] }
        return fields.elements.reduce(into: [:]) { $0[name($1.key)] = line($1.value) }
    }
}
