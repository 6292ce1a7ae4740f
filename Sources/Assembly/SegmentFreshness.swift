import Knowledge
import Logging
import MongoStore
import ServiceLifecycle
import VectorIndex

/// Keeps this process's segments fresh with what other processes write, and proves it now and then.
struct SegmentFreshness: Service {
    let stores: MongoStores
    let index: SegmentIndex
    let audit: IndexAudit
    let logger: Logger

    private static let auditInterval = Duration.seconds(3)
    /// How long a change may take from the database to here before it counts as missed.
    private static let settling = Duration.seconds(1)

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask { await follow() }
                group.addTask { await auditRegularly() }
            }
        }
    }

    private func follow() async {
        while !Task.isCancelled {
            do {
                try await stores.followDocuments(
                    isNews: { await index.isNews($0) },
                    changed: { document, chunks in await index.refresh(document, chunks: chunks) },
                    removed: { id, brand in await index.remove(document: id, brand: brand) },
                    lost: {
                        logger.notice("changes were missed; what is in memory is compared with the database")
                        await auditNow(settling: .zero)
                    })
            } catch {
                guard !Task.isCancelled else { return }
                logger.warning("the change stream ended; it begins anew", metadata: ["error": "\(error)"])
                await auditNow(settling: .zero)
                // Cancellation shows at the next turn.
                try? await Task.sleep(for: .seconds(1))
            }
        }
    }

    private func auditRegularly() async {
        var pause = Self.auditInterval
        while !Task.isCancelled {
            // Cancellation shows at the next turn.
            try? await Task.sleep(for: pause)
            let start = ContinuousClock.now
            let isFinished = await auditNow(settling: Self.settling)
            // Of much data comparisons take long: they must not be most of what the database does.
            pause = isFinished ? max(Self.auditInterval, (ContinuousClock.now - start - Self.settling) * 3) : Self.auditInterval
        }
    }

    /// - Returns: whether the comparison came to its end.
    @discardableResult private func auditNow(settling: Duration) async -> Bool {
        do {
            let corrected = try await audit.run(settling: settling)
            if corrected > 0 { logger.notice("documents in memory were put right", metadata: ["documents": "\(corrected)"]) }
            return true
        } catch {
            // Without the database there is nothing to compare with; the next audit asks again.
            logger.debug("the index could not be compared with the database", metadata: ["error": "\(error)"])
            return false
        }
    }
}
