import Knowledge
import MongoStore
import ServiceLifecycle
import VectorIndex

/// Keeps this process's segments fresh with what other processes write.
struct SegmentFreshness: Service {
    let stores: MongoStores
    let index: SegmentIndex

    func run() async throws {
        await cancelWhenGracefulShutdown {
            // Ends by cancellation only: the changes have no end.
            try? await stores.followDocuments(
                changed: { document, chunks in await index.refresh(document, chunks: chunks) },
                removed: { id, brand in await index.remove(document: id, brand: brand) },
                lost: { await index.removeAll() })
        }
    }
}
