import BSON
package import Knowledge
import Mongo

package import struct Foundation.Date

extension MongoStores: WebhookStore {
    var webhookRecords: MongoCollection { database.collection("webhooks") }
    var deliveryRecords: MongoCollection { database.collection("webhookDeliveries") }

    /// In an operation's record: it has ended, and nobody was told.
    static let unannounced = "unannounced"

    private static func own(_ id: String, _ workspace: String) -> BSONDocument {
        ["_id": .string(id), "workspace": .string(workspace)]
    }

    private static func date(_ moment: Date) -> BSONValue { .datetime(Int64(moment.timeIntervalSince1970 * 1000)) }

    // MARK: Webhooks

    package func insert(_ webhook: Webhook) async throws {
        let record = try Record.encode(webhook, id: webhook.id)
        try await translating { try await webhookRecords.insert(record) }
    }

    package func webhooks(workspace: String) async throws -> [Webhook] {
        let found = try await translating {
            try await webhookRecords.find(["workspace": .string(workspace)], FindOptions(sort: ["_id": 1])).collect(limit: 1_000)
        }
        return try found.map { try Record.decode(Webhook.self, $0) }
    }

    package func webhook(_ id: String, workspace: String) async throws -> Webhook? {
        let found = try await translating { try await webhookRecords.findOne(Self.own(id, workspace)) }
        return try found.map { try Record.decode(Webhook.self, $0) }
    }

    package func deleteWebhook(_ id: String, workspace: String) async throws -> Bool {
        try await translating(patience: StorePatience.work) {
            guard try await webhookRecords.deleteOne(Self.own(id, workspace)) == 1 else { return false }
            try await deliveryRecords.deleteMany(["workspace": .string(workspace), "webhookID": .string(id)])
            return true
        }
    }

    package func disable(_ webhook: Webhook, reason: String) async throws {
        let update: BSONDocument = ["$set": ["disabledReason": .string(reason)]]
        try await translating { try await webhookRecords.updateOne(Self.own(webhook.id, webhook.workspace), update) }
    }

    // MARK: Ends of operations

    package func unannouncedOperations(limit: Int) async throws -> [Operation] {
        let found = try await translating {
            try await operations.find([Self.unannounced: true], FindOptions(limit: limit)).collect(limit: limit)
        }
        // One that cannot be read keeps nobody from being told of the others.
        return found.compactMap { try? OperationRecord.decode($0) }
    }

    /// One that was resumed and ended again meanwhile keeps its mark.
    package func noteAnnounced(_ operation: Operation) async throws {
        let filter: BSONDocument = ["_id": .string(operation.id), "version": .int64(Int64(operation.version))]
        try await translating { try await operations.updateOne(filter, ["$unset": [Self.unannounced: ""]]) }
    }

    // MARK: Deliveries

    package func insert(_ deliveries: [WebhookDelivery]) async throws {
        for delivery in deliveries {
            let record = try Record.encode(delivery, id: delivery.id)
            do { try await translating { try await deliveryRecords.insert(record) } } catch StoreError.conflict {
                // It was made before, by this process or by another one.
            }
        }
    }

    package func takeDeliveries(limit: Int, now: Date, until: Date) async throws -> [WebhookDelivery] {
        let due: BSONDocument = [
            "state": .string(WebhookDelivery.State.pending.rawValue), "nextAttemptAt": ["$lte": Self.date(now)],
        ]
        let update: BSONDocument = ["$set": ["nextAttemptAt": Self.date(until)], "$inc": ["attempts": .int64(1)]]
        return try await translating {
            var taken: [WebhookDelivery] = []
            while taken.count < limit,
                let record = try await deliveryRecords.findAndModify(due, .update(update), sort: ["nextAttemptAt": 1])
            {
                // One that cannot be read comes again later, and holds no other up.
                if let delivery = try? Record.decode(WebhookDelivery.self, record) { taken.append(delivery) }
            }
            return taken
        }
    }

    package func save(_ delivery: WebhookDelivery) async throws {
        let record = try Record.encode(delivery, id: delivery.id)
        try await translating { _ = try await deliveryRecords.replaceOne(Self.own(delivery.id, delivery.workspace), record) }
    }

    package func settle(_ delivery: WebhookDelivery, taken: WebhookDelivery) async throws {
        let record = try Record.encode(delivery, id: delivery.id)
        let known = try Record.encode(taken, id: taken.id)
        var filter = Self.own(delivery.id, delivery.workspace)
        for field in ["state", "attempts", "nextAttemptAt"] { filter[field] = known[field] }
        try await translating { [filter] in _ = try await deliveryRecords.replaceOne(filter, record) }
    }

    package func deliveries(
        webhook id: String, workspace: String, _ page: PageRequest
    ) async throws -> Page<WebhookDelivery> {
        try await deliveryRecords.page(
            ["workspace": .string(workspace), "webhookID": .string(id)], page, newestFirst: true, cursor: \.id
        ) { try Record.decode(WebhookDelivery.self, $0) }
    }

    package func delivery(_ id: String, workspace: String) async throws -> WebhookDelivery? {
        let found = try await translating { try await deliveryRecords.findOne(Self.own(id, workspace)) }
        return try found.map { try Record.decode(WebhookDelivery.self, $0) }
    }

    package func pendingDeliveries() async throws -> Int {
        try await translating { try await deliveryRecords.count(["state": .string(WebhookDelivery.State.pending.rawValue)]) }
    }
}
