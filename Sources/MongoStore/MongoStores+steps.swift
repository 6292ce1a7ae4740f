import BSON
package import Foundation
import JSON
package import Knowledge
import Mongo

extension MongoStores: StepStore {
    private static func id(_ operationID: String, _ name: String) -> BSONValue { .string("\(operationID)/\(name)") }

    package func steps(of operationID: String) async throws -> [Step] {
        try await translating {
            var found: [Step] = []
            for try await record in try await steps.find(["operationId": .string(operationID)]) {
                found.append(try StepRecord.decode(record))
            }
            return found
        }
    }

    package func begin(_ step: Step, _ fence: Fence) async throws -> Bool {
        let fields = Self.fields(step, .started, fence)
        if step.attempts == 0, try await inserted(step, fields, ["attempts": .int64(1), "startedAt": Self.now]) { return true }
        return try await write(
            step, fence,
            [
                "$set": .document(fields), "$unset": ["result": "", "usage": ""], "$inc": ["attempts": .int64(1)],
                "$currentDate": ["startedAt": true],
            ])
    }

    package func finish(_ step: Step, _ fence: Fence) async throws -> Bool {
        var fields = Self.fields(step, .finished, fence)
        // As text: a model's keys may be such as the database has a meaning for.
        fields["result"] = .string(step.result.text)
        fields["usage"] = .document(try BSONEncoder().encode(step.usage))
        let epoch = BSONValue.int64(Int64(fence.epoch))
        if step.attempts == 0, try await inserted(step, fields, ["finishedAt": Self.now, "finishedIn": [epoch]]) { return true }
        return try await write(
            step, fence,
            [
                "$set": .document(fields), "$currentDate": ["finishedAt": true],
                // Proof that a finished step was never run again: it would have a second claim here.
                "$addToSet": ["finishedIn": epoch],
            ])
    }

    private static func fields(_ step: Step, _ state: Step.State, _ fence: Fence) -> BSONDocument {
        [
            "operationId": .string(step.operationID), "name": .string(step.name), "inputHash": .string(step.inputHash),
            "state": .string(state.rawValue), "epoch": .int64(Int64(fence.epoch)),
        ]
    }

    private static var now: BSONValue { .datetime(Int64(Date.now.timeIntervalSince1970 * 1000)) }

    /// Whether the step had no record yet, and has this one now.
    private func inserted(_ step: Step, _ fields: BSONDocument, _ more: BSONDocument) async throws -> Bool {
        let id = ("_id", Self.id(step.operationID, step.name))
        let record = BSONDocument([id] + (fields.elements + more.elements).map { ($0.key, $0.value) })
        do {
            return try await stepWrites.write(.insert(record))
        } catch StoreError.conflict {
            return false
        }
    }

    /// The filter matches nothing once a later claim wrote the step; the insertion that follows then meets its id.
    private func write(_ step: Step, _ fence: Fence, _ update: BSONDocument) async throws -> Bool {
        let filter: BSONDocument = [
            "_id": Self.id(step.operationID, step.name), "epoch": ["$lte": .int64(Int64(fence.epoch))],
        ]
        do {
            return try await stepWrites.write(.updateOne(filter, update, upsert: true))
        } catch StoreError.conflict {
            return false
        }
    }
}

enum StepRecord {
    static func decode(_ record: BSONDocument) throws -> Step {
        guard let operationID = record["operationId"]?.stringValue, let name = record["name"]?.stringValue,
            let hash = record["inputHash"]?.stringValue, let state = record["state"]?.stringValue.flatMap(Step.State.init)
        else { throw StoreError.corrupt("Step") }
        var step = Step(operationID: operationID, name: name, inputHash: hash, state: state)
        step.attempts = Int(record["attempts"]?.integerValue ?? 0)
        guard state == .finished else { return step }
        guard let text = record["result"]?.stringValue, let result = try? JSON(parsing: text, allowsNUL: true),
            case .document(let usage)? = record["usage"]
        else { throw StoreError.corrupt("Step \(name)") }
        step.result = result
        step.usage = try Record.decode(Usage.self, usage)
        return step
    }
}

extension MongoStores: AcceptedRequestStore {
    private static func keyID(_ workspace: String, _ key: String) -> BSONValue { .string("\(workspace)/\(key)") }

    package func acceptedRequest(workspace: String, key: String, now: Date) async throws -> AcceptedRequest? {
        let found = try await translating { try await idempotency.findOne(["_id": Self.keyID(workspace, key)]) }
        let record = try found.map { try Record.decode(AcceptedRequest.self, $0) }
        return record.flatMap { $0.expiresAt > now ? $0 : nil }
    }

    /// Stores the record in the session's transaction, in place of an expired one.
    func insert(_ record: AcceptedRequest, session: MongoSession) async throws {
        let id = Self.keyID(record.workspace, record.key)
        let expired: BSONDocument = ["_id": id, "expiresAt": ["$lte": .datetime(Int64(record.createdAt.timeIntervalSince1970 * 1000))]]
        try await idempotency.deleteOne(expired, session: session)
        try await idempotency.insert(try Record.encode(record, id: "\(record.workspace)/\(record.key)"), session: session)
    }
}
