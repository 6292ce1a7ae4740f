import BSON
import Knowledge
import Mongo

/// Writes to one collection, of which those that come while another is under way go together in one message.
///
/// A plan's posts are written at once, and so are their checkpoints: together they cost the database a fraction. Each
/// caller learns of its own write, when that is on disk.
actor WriteGroup {
    private static let limit = 64

    private struct Waiter {
        let write: MongoWrite
        let continuation: CheckedContinuation<Result<Bool, any Error>, Never>
    }

    private let collection: MongoCollection
    private var lastID: UInt64 = 0
    private var waiting: [(id: UInt64, waiter: Waiter)] = []
    private var underWay: [UInt64: Waiter] = [:]
    private var isWriting = false

    init(_ collection: MongoCollection) { self.collection = collection }

    /// Whether the write matched a document, or made one.
    ///
    /// - Throws: `StoreError`; `CancellationError` at once, though the write may be done.
    func write(_ write: MongoWrite) async throws -> Bool {
        lastID += 1
        let id = lastID
        return try await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Result<Bool, any Error>, Never>) in
                if Task.isCancelled { return continuation.resume(returning: .failure(CancellationError())) }
                waiting.append((id, Waiter(write: write, continuation: continuation)))
                guard !isWriting else { return }
                isWriting = true
                Task { await drain() }
            }
        } onCancel: {
            Task { await self.abandon(id) }
        }.get()
    }

    private func abandon(_ id: UInt64) {
        if let index = waiting.firstIndex(where: { $0.id == id }) {
            waiting.remove(at: index).waiter.continuation.resume(returning: .failure(CancellationError()))
        } else {
            end(id, .failure(CancellationError()))
        }
    }

    private func end(_ id: UInt64, _ result: Result<Bool, any Error>) {
        underWay.removeValue(forKey: id)?.continuation.resume(returning: result)
    }

    private func drain() async {
        while !waiting.isEmpty {
            let batch = waiting.prefix(Self.limit).map { ($0.id, $0.waiter.write) }
            for entry in waiting.prefix(Self.limit) { underWay[entry.id] = entry.waiter }
            waiting.removeFirst(batch.count)
            await perform(batch)
        }
        isWriting = false
    }

    private func perform(_ batch: [(id: UInt64, write: MongoWrite)]) async {
        do {
            let done = try await translating(patience: StorePatience.work) {
                try await collection.write(batch.map(\.write), ordered: false)
            }
            if done.matched + done.upserted + done.inserted == batch.count {
                for entry in batch { end(entry.id, .success(true)) }
            } else if batch.count == 1 {
                end(batch[0].id, .success(false))
            } else {
                await performEach(batch)
            }
        } catch StoreError.unavailable {
            for entry in batch { end(entry.id, .failure(StoreError.unavailable)) }
        } catch {
            guard batch.count > 1 else { return end(batch[0].id, .failure(error)) }
            await performEach(batch)
        }
    }

    /// Which of them it was is found out one by one: each may be done twice.
    private func performEach(_ batch: [(id: UInt64, write: MongoWrite)]) async {
        for entry in batch where underWay[entry.id] != nil { await perform([entry]) }
    }
}
