import BSON
package import Knowledge
import Mongo

extension MongoStores {
    /// Tells of every document whose active version changes, or that goes, in any process; without end.
    ///
    /// - Parameter isNews: whether its chunks are worth reading.
    package func followDocuments(
        isNews: (Document) async -> Bool, changed: (Document, [Chunk]) async -> Void, removed: (String, BrandKey) async -> Void,
        lost: () async -> Void
    ) async throws {
        for try await event in documents.watch() {
            switch event {
            case .idle: break
            case .lost: await lost()
            case .change(let change, _):
                do {
                    try await apply(change, isNews: isNews, changed: changed, removed: removed)
                } catch is StoreError {
                    // What the change was is not known: what is in memory may be stale.
                    await lost()
                }
            }
        }
    }

    private func apply(
        _ change: BSONDocument, isNews: (Document) async -> Bool, changed: (Document, [Chunk]) async -> Void,
        removed: (String, BrandKey) async -> Void
    ) async throws {
        if let record = change["fullDocument"]?.documentValue {
            let document = try Record.decode(Document.self, record)
            guard document.state == .ready, document.activeVersion == document.version, await isNews(document) else { return }
            await changed(document, try await allChunks(of: document))
        } else if change["operationType"]?.stringValue == "delete", let key = change["documentKey"]?["_id"]?.stringValue {
            let parts = key.split(separator: "/").map(String.init)
            if parts.count == 3 { await removed(parts[2], BrandKey(workspace: parts[0], brand: parts[1])) }
        }
    }
}
