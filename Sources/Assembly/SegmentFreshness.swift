import Knowledge
import Logging
import MongoStore
import ServiceLifecycle
import VectorIndex

/// Keeps this process's segments fresh with what other processes write.
struct SegmentFreshness: Service {
    let stores: MongoStores
    let index: SegmentIndex
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    try await stores.followDocuments(
                        changed: { document, chunks in await index.refresh(document, chunks: chunks) },
                        removed: { id, brand in await index.remove(document: id, brand: brand) },
                        lost: { await index.removeAll() })
                } catch {
                    guard !Task.isCancelled else { return }
                    logger.warning("the change stream ended; segments are loaded anew", metadata: ["error": "\(error)"])
                    await index.removeAll()
                    // Cancellation shows at the next turn.
                    try? await Task.sleep(for: .seconds(1))
                }
            }
        }
    }
}
