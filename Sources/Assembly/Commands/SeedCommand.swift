import Ingestion
import JSON
package import Knowledge
import MongoStore

extension Services {
    /// What a seed run did, document by document.
    package struct SeedReport: Sendable {
        package var brand = ""
        package var added: [String] = []
        package var changed: [String] = []
        package var left: [String] = []
        package var removed: [String] = []
        package var failed: [String: String] = [:]
        package var usage = Usage()
    }

    /// Loads brand folders; a second run changes nothing and embeds nothing.
    ///
    /// - Returns: whether every document is ready.
    package func seed(_ folders: [String], workspace: String, asJSON: Bool) async throws -> Bool {
        try Self.checkWorkspace(workspace)
        // All are read before the first is stored.
        var seeds: [SeedFolder] = []
        for folder in folders {
            seeds.append(try await SeedFolder(path: folder, workspace: workspace, clock: clock, documentText: documentText))
        }
        for seed in seeds {
            for warning in seed.warnings { Console.warn(warning) }
            for upload in seed.uploads {
                do { try ingestion.check(upload) } catch { throw StartError(.failed, "\(upload.source): \(error.reason)") }
            }
        }
        let loaded = seeds
        let reports = try await withRunner {
            var reports: [SeedReport] = []
            for seed in loaded { reports.append(try await load(seed)) }
            return reports
        }
        if asJSON {
            Console.print(JSON.array(reports.map(\.json)).prettyText)
        } else {
            for report in reports { Console.print(report.text) }
        }
        return reports.allSatisfy(\.failed.isEmpty)
    }

    private func load(_ seed: SeedFolder) async throws -> SeedReport {
        var report = SeedReport(brand: seed.brand.id)
        if try await !isStored(seed.brand) { _ = try await stores.put(seed.brand) }
        let stored = try await allDocuments(seed.brand.key)
        var pending: [(String, Operation)] = []
        for upload in seed.uploads {
            let id = upload.id ?? ""
            if let old = stored[id], old.state == .ready, isSame(old, upload), try await ingestion.isCurrent(old) {
                report.left.append(id)
                continue
            }
            if stored[id] == nil { report.added.append(id) } else { report.changed.append(id) }
            let operation = try await ingestion.accept([upload], brand: seed.brand.key) { _ in nil }[0].operation
            pending.append((id, operation))
        }
        let wanted = Set(seed.uploads.compactMap(\.id))
        for (id, document) in stored.sorted(by: { $0.key < $1.key })
        where !wanted.contains(id) && document.source.hasPrefix(SeedFolder.sourcePrefix) {
            _ = try await ingestion.delete(id, brand: seed.brand.key)
            report.removed.append(id)
        }
        let display = ProgressDisplay(title: seed.brand.id)
        for (index, (id, operation)) in pending.enumerated() {
            display.show(done: index, total: pending.count, note: id)
            let ended = await watch(operation) { _ in }
            report.usage += ended.usage
            if ended.state != .succeeded { report.failed[id] = ended.error?.detail ?? ended.state.rawValue }
        }
        display.show(done: pending.count, total: pending.count)
        display.end()
        return report
    }

    private func isStored(_ brand: Brand) async throws -> Bool {
        guard let old = try await stores.brand(brand.key) else { return false }
        var brand = brand
        (brand.createdAt, brand.updatedAt) = (old.createdAt, old.updatedAt)
        return brand == old
    }

    private func isSame(_ old: Document, _ upload: DocumentUpload) -> Bool {
        old.contentHash == ContentHash.hexadecimal(of: upload.content) && old.kind == upload.kind && old.metadata == upload.metadata
            && old.source == upload.source && (upload.title == nil || upload.title == old.title)
    }

    private func allDocuments(_ brand: BrandKey) async throws -> [String: Document] {
        var documents: [String: Document] = [:]
        var page = PageRequest(limit: 200)
        repeat {
            let found = try await stores.documents(brand: brand, page)
            for document in found.items { documents[document.id] = document }
            page.after = found.nextCursor
        } while page.after != nil
        return documents
    }
}

extension Services.SeedReport {
    fileprivate var json: JSON {
        [
            "brand": .string(brand), "added": JSON(added), "changed": JSON(changed), "left": JSON(left), "removed": JSON(removed),
            "failed": .object(JSONObject(failed.sorted { $0.key < $1.key }.map { .init(key: $0.key, value: .string($0.value)) })),
            "embeddingTokens": JSON(usage.embeddingTokens), "embeddingCalls": JSON(usage.embeddingCalls),
        ]
    }

    fileprivate var text: String {
        var lines = [
            "\(brand): \(added.count) added, \(changed.count) changed, \(left.count) left as they were, \(removed.count) removed, "
                + "\(usage.embeddingTokens) tokens embedded in \(usage.embeddingCalls) calls"
        ]
        for (id, reason) in failed.sorted(by: { $0.key < $1.key }) { lines.append("  failed: \(id): \(reason)") }
        return lines.joined(separator: "\n")
    }
}
