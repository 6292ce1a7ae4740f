import BSON
package import Knowledge
import Mongo

package import struct Foundation.Date

/// An operation's document: its own fields, and the lease beside them.
enum OperationRecord {
    static func encode(_ operation: Operation) throws -> BSONDocument {
        try Record.encode(operation, id: operation.id).adding("leaseUntil", .int64(0)).adding("leaseEpoch", .int64(0))
    }

    static func decode(_ record: BSONDocument) throws -> Operation { try Record.decode(Operation.self, record) }
}

/// Times of leases are milliseconds of the server's clock, so that no two processes disagree about now.
private let serverNow: BSONValue = ["$toLong": "$$NOW"]

private func serverTime(in duration: Duration) -> BSONValue {
    ["$add": [serverNow, .int64(Int64(duration / .milliseconds(1)))]]
}

extension MongoStores: OperationStore {
    package func insert(_ operation: Operation, record: AcceptedRequest?) async throws {
        let fields = try OperationRecord.encode(operation)
        try await translating {
            guard let record else { return try await operations.insert(fields) }
            try await client.withTransaction { session in
                try await operations.insert(fields, session: session)
                try await insert(record, session: session)
            }
        }
    }

    private func filter(_ id: String, _ workspace: String) -> BSONDocument {
        ["_id": .string(id), "brand.workspace": .string(workspace)]
    }

    package func operation(_ id: String, workspace: String) async throws -> Operation? {
        let found = try await translating { try await operations.findOne(filter(id, workspace)) }
        return try found.map(OperationRecord.decode)
    }

    package func operations(_ ids: [String], workspace: String) async throws -> [Operation] {
        let filter: BSONDocument = ["_id": ["$in": .array(ids.map(BSONValue.string))], "brand.workspace": .string(workspace)]
        let found = try await translating { try await operations.find(filter).collect(limit: ids.count) }
        // One that cannot be read hides no other.
        return found.compactMap { try? OperationRecord.decode($0) }
    }

    package func operations(workspace: String, _ filter: OperationFilter, _ page: PageRequest) async throws -> Page<Operation> {
        var wanted: BSONDocument = ["brand.workspace": .string(workspace)]
        if let brands = filter.brands { wanted["brand.brand"] = Record.anyOf(brands) }
        if let kind = filter.kind { wanted["kind"] = .string(kind.rawValue) }
        if let state = filter.state { wanted["state"] = .string(state.rawValue) }
        return try await operations.page(wanted, page, newestFirst: true, cursor: \.id, OperationRecord.decode)
    }

    /// Finds, marks and reads back: many workers with `findAndModify` on one queue would collapse.
    package func claim(limit: Int, lease: Lease, quota: ClaimQuota) async throws -> [ClaimedOperation] {
        // To the database no limit is 0.
        guard limit > 0 else { return [] }
        return try await claim(translating { try await oldest(limit: limit, quota) }, lease: lease)
    }

    package func claim(_ ids: [String], lease: Lease) async throws -> [ClaimedOperation] {
        guard !ids.isEmpty else { return [] }
        let (count, ids) = (ids.count, BSONValue.array(ids.map(BSONValue.string)))
        return try await translating {
            let batch = "\(lease.token):\(Int64.random(in: 0...Int64.max))"
            let chosen: BSONDocument = [
                "_id": ["$in": ids],
                "state": ["$in": [.string(Operation.State.queued.rawValue), .string(Operation.State.running.rawValue)]],
            ]
            let mark: BSONValue = [
                "leaseToken": .string(batch), "leaseUntil": serverTime(in: lease.duration),
                "leaseEpoch": ["$add": ["$leaseEpoch", .int64(1)]], "attempts": ["$add": ["$attempts", .int64(1)]],
                "state": .string(Operation.State.running.rawValue), "version": ["$add": ["$version", .int64(1)]],
            ]
            // Which leases have ended the server's clock tells, within the update: `$expr` in the filter would keep it off the index.
            let stage: BSONDocument = [
                "$replaceWith": [
                    "$cond": [["$lt": ["$leaseUntil", serverNow]], ["$mergeObjects": ["$$ROOT", mark]], "$$ROOT"]
                ]
            ]
            try await operations.write([.updateWithPipeline(chosen, [stage], many: true)])
            let marked: BSONDocument = ["_id": ["$in": ids], "leaseToken": .string(batch)]
            var claims: [ClaimedOperation] = []
            for record in try await operations.find(marked).collect(limit: count) {
                guard let operation = try? OperationRecord.decode(record) else {
                    try await leaveUnread(record["_id"] ?? .null, batch)
                    continue
                }
                claims.append(
                    ClaimedOperation(operation: operation, token: batch, epoch: Int(record["leaseEpoch"]?.integerValue ?? 0)))
            }
            return claims
        }
    }

    /// How long a record that this version cannot read is left for others.
    private static let unreadPause = Duration.seconds(60)

    /// Gives back what cannot be read here, a newer version's say, so that it holds nothing else up.
    private func leaveUnread(_ id: BSONValue, _ token: String) async throws {
        let stages: [BSONDocument] = [
            [
                "$set": [
                    "state": .string(Operation.State.queued.rawValue), "leaseUntil": serverTime(in: Self.unreadPause), "leaseToken": "",
                    "attempts": ["$subtract": ["$attempts", .int64(1)]],
                ]
            ]
        ]
        try await operations.write([.updateWithPipeline(["_id": id, "leaseToken": .string(token)], stages)])
    }

    /// How far this machine's clock may be behind the server's before work is found later than it could be.
    private static let clockTolerance = Duration.seconds(5)

    /// The oldest that the quota lets in, and that look free by this machine's clock: whether they are, the server tells when
    /// they are marked. Those of a workspace that is full do not stand before the others'.
    private func oldest(limit: Int, _ quota: ClaimQuota) async throws -> [String] {
        let soon = Int64((Date.now.timeIntervalSince1970 + Self.clockTolerance / .seconds(1)) * 1000)
        var (quota, ids) = (quota, [String]())
        // One state at a time: the index has them by state and lease.
        for state in [Operation.State.running, .queued] {
            // Each round finds one workspace full at least, or all that there is.
            for _ in 0..<8 where ids.count < limit {
                var wanted: BSONDocument = ["state": .string(state.rawValue), "leaseUntil": ["$lt": .int64(soon)]]
                let full = quota.full
                if !ids.isEmpty { wanted["_id"] = ["$nin": .array(ids.map(BSONValue.string))] }
                if !full.isEmpty { wanted["brand.workspace"] = ["$nin": .array(full.map(BSONValue.string))] }
                let options = FindOptions(sort: ["_id": 1], limit: limit, projection: ["_id": 1, "brand.workspace": 1])
                let found = try await operations.find(wanted, options).collect(limit: limit)
                for record in found where ids.count < limit {
                    guard let id = record["_id"]?.stringValue, let workspace = record["brand"]?.documentValue?["workspace"]?.stringValue
                    else {
                        continue
                    }
                    if quota.take(workspace) { ids.append(id) }
                }
                if found.count < limit { break }
            }
        }
        return ids
    }

    private func fence(_ claim: ClaimedOperation) -> BSONDocument {
        ["_id": .string(claim.operation.id), "leaseToken": .string(claim.token), "leaseEpoch": .int64(Int64(claim.epoch))]
    }

    package func renew(_ claim: ClaimedOperation, for duration: Duration) async throws -> Bool {
        let stages: [BSONDocument] = [["$set": ["leaseUntil": serverTime(in: duration)]]]
        return try await translating {
            try await operations.write([.updateWithPipeline(fence(claim), stages)]).matched == 1
        }
    }

    package func save(_ operation: Operation, claim: ClaimedOperation) async throws -> Bool {
        var fields = try BSONEncoder().encode(operation)
        // These two belong to the claim and to whoever asks for the cancellation.
        for key in ["attempts", "cancelRequested"] { fields[key] = nil }
        var unset = BSONDocument()
        if operation.error == nil { unset["error"] = "" }
        if operation.state.isTerminal {
            fields["leaseUntil"] = 0
            fields[Self.unannounced] = true
            unset["leaseToken"] = ""
        }
        var update: BSONDocument = ["$set": .document(fields)]
        if !unset.isEmpty { update["$unset"] = .document(unset) }
        var own = fence(claim)
        // Written in a group it may be written twice: the end of the operation then finds itself, without a lease.
        if operation.state.isTerminal {
            own["leaseToken"] = ["$in": [.string(claim.token), .null]]
            // And never one that was queued again meanwhile.
            own["version"] = ["$lte": .int64(Int64(operation.version))]
        }
        return try await operationWrites.write(.updateOne(own, update))
    }

    package func release(_ claim: ClaimedOperation) async throws {
        let update: BSONDocument = [
            "$set": ["state": .string(Operation.State.queued.rawValue), "leaseUntil": 0], "$unset": ["leaseToken": ""],
            "$inc": ["version": 1, "attempts": -1],
        ]
        try await translating { try await operations.updateOne(fence(claim), update) }
    }

    package func postpone(_ claim: ClaimedOperation, for pause: Duration) async throws {
        let stages: [BSONDocument] = [
            [
                "$set": [
                    "state": .string(Operation.State.queued.rawValue), "leaseUntil": serverTime(in: pause), "leaseToken": "",
                    "version": ["$add": ["$version", .int64(1)]],
                ]
            ]
        ]
        try await translating { try await operations.write([.updateWithPipeline(fence(claim), stages)]) }
    }

    package func requestCancellation(_ id: String, workspace: String) async throws -> (operation: Operation, fence: Fence)? {
        let filter = filter(id, workspace)
        return try await translating {
            // A worker may take it up, or give it back, meanwhile.
            for _ in 0..<5 {
                guard let record = try await operations.findOne(filter) else { return nil }
                let operation = try OperationRecord.decode(record)
                let fence = Fence(operationID: id, epoch: Int(record["leaseEpoch"]?.integerValue ?? 0))
                if operation.state.isTerminal { return (operation, fence) }
                let isQueued = operation.state == .queued
                var own = filter.adding("state", .string(operation.state.rawValue))
                if isQueued { own["version"] = .int64(Int64(operation.version)) }
                let change = isQueued ? try Self.cancelling(operation) : ["$set": ["cancelRequested": true]]
                guard try await operations.updateOne(own, change).matched == 1 else { continue }
                guard let changed = try await operations.findOne(filter) else { return nil }
                return (try OperationRecord.decode(changed), fence)
            }
            throw StoreError.unavailable
        }
    }

    /// Ends an operation that nobody has begun, or that waits to be tried again.
    private static func cancelling(_ operation: Operation) throws -> BSONDocument {
        var ended = operation
        ended.state = .cancelled
        ended.stage = "done"
        for index in ended.items.indices where !ended.items[index].state.isTerminal { ended.items[index].state = .cancelled }
        let fields = try BSONEncoder().encode(ended)
        var changes: BSONDocument = ["cancelRequested": true, Self.unannounced: true]
        for key in ["state", "stage", "items"] { changes[key] = fields[key] }
        return [
            "$set": .document(changes), "$inc": ["version": 1], "$currentDate": ["updatedAt": true],
            "$unset": ["error": "", "leaseToken": ""],
        ]
    }

    package func requeue(
        _ id: String, workspace: String, within limit: BudgetGuard?, record: @Sendable (Operation) -> AcceptedRequest?
    ) async throws -> Operation? {
        let resumable = [Operation.State.failed, .cancelled, .partial].map { BSONValue.string($0.rawValue) }
        let update: BSONDocument = [
            "$set": [
                "state": .string(Operation.State.queued.rawValue), "stage": "queued", "cancelRequested": false,
                "attempts": .int64(0), "leaseUntil": .int64(0),
            ],
            "$unset": ["error": ""], "$inc": ["version": 1], "$currentDate": ["updatedAt": true],
        ]
        let filter = filter(id, workspace)
        return try await translating {
            let queued = try await client.withTransaction { session -> Operation? in
                let candidates = filter.adding("state", ["$in": .array(resumable)])
                if let limit, let ended = try await operations.findOne(candidates, session: session) {
                    try await reserve(try OperationRecord.decode(ended), within: limit, session: session)
                }
                guard let found = try await operations.findAndModify(candidates, .update(update), session: session) else { return nil }
                let operation = try OperationRecord.decode(found)
                if let record = record(operation) { try await insert(record, session: session) }
                return operation
            }
            if let queued { return queued }
            guard try await operations.findOne(filter, projection: ["_id": 1]) != nil else { return nil }
            throw StoreError.conflict
        }
    }

    package func backlog() async throws -> (queued: Int, oldest: Date?) {
        let queued: BSONDocument = ["state": .string(Operation.State.queued.rawValue)]
        return try await translating(patience: StorePatience.comparison) {
            let count = try await operations.count(queued)
            guard count > 0 else { return (0, nil) }
            let options = FindOptions(sort: ["_id": 1], limit: 1, projection: ["createdAt": 1])
            let oldest = try await operations.find(queued, options).collect(limit: 1).first?["createdAt"]
            guard case .datetime(let milliseconds)? = oldest else { return (count, nil) }
            return (count, Date(timeIntervalSince1970: Double(milliseconds) / 1000))
        }
    }

    package func cancellationRequests(among ids: [String]) async throws -> Set<String> {
        let filter: BSONDocument = ["_id": ["$in": .array(ids.map(BSONValue.string))], "cancelRequested": true]
        let found = try await translating {
            try await operations.find(filter, FindOptions(projection: ["_id": 1])).collect(limit: ids.count)
        }
        return Set(found.compactMap { $0["_id"]?.stringValue })
    }
}
