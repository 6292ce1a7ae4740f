import BSON
package import Knowledge
import Mongo

/// `$vectorSearch` and `$search`, where a deployment has them: Atlas, or a server with mongot beside it.
///
/// It was written against the manual; no deployment that has them was at hand. A server without them is recognized.
package actor DatabaseSearch: CandidateSource {
    private enum Probe {
        case available, missing, unknown

        /// How long it holds.
        var lifetime: Duration { self == .unknown ? .seconds(5) : .seconds(300) }

        var reason: String? {
            switch self {
            case .available: nil
            case .missing: "the database has no $vectorSearch; every brand is searched exactly in memory"
            case .unknown: "the database does not answer"
            }
        }
    }

    /// Between two questions whether an index is built.
    private static let buildPause = Duration.seconds(5)
    /// How long an index that can be queried counts as one.
    private static let builtLifetime = Duration.seconds(300)
    /// Chunks that each of the two searches finds.
    static let candidateLimit = 200

    private let stores: MongoStores
    private var probe: (outcome: Probe, at: ContinuousClock.Instant)?
    /// Names of the indexes that could be queried, and when.
    private var built: (names: Set<String>, at: ContinuousClock.Instant)?
    private var asking: Task<Set<String>, Never>?

    package init(stores: MongoStores) { self.stores = stores }

    package func unavailability() async -> String? {
        if let probe, probe.at.duration(to: .now) < probe.outcome.lifetime { return probe.outcome.reason }
        let outcome = await probed()
        probe = (outcome, .now)
        return outcome.reason
    }

    package func isMissing() async -> Bool {
        _ = await unavailability()
        return probe?.outcome == .missing
    }

    private func probed() async -> Probe {
        do {
            _ = try await translating { try await stores.chunks.aggregate([["$listSearchIndexes": [:]]]).collect(limit: 100) }
            return .available
        } catch StoreError.corrupt {
            return .missing
        } catch {
            return .unknown
        }
    }

    package func candidates(for query: PassageQuery, brand: BrandKey) async throws -> [(document: Document, chunk: Chunk)]? {
        var indexes: [SearchIndex] = []
        if query.mode != .text { indexes.append(.vectors(dimensions: query.vector.count)) }
        if query.mode != .vector { indexes.append(.words) }
        guard await areBuilt(indexes) else { return nil }
        let allowed = try await documents(query.filter, brand)
        if let allowed, allowed.isEmpty { return [] }
        var found: [String: Chunk] = [:]
        for index in indexes {
            let pipeline = index.pipeline(query, brand, documents: allowed?.keys.sorted(), limit: Self.candidateLimit)
            let records = try await translating { try await stores.chunks.aggregate(pipeline).collect(limit: Self.candidateLimit) }
            for record in records {
                let chunk = try ChunkRecord.decode(record)
                found[chunk.id] = chunk
            }
        }
        let active: [String: Document] =
            if let allowed { allowed } else { try await documents(Set(found.values.map(\.documentID)), brand) }
        return found.values.compactMap { chunk in
            active[chunk.documentID].flatMap { $0.activeVersion == chunk.version ? ($0, chunk) : nil }
        }
    }

    // MARK: Indexes

    /// Whether the indexes can be queried; those that do not exist are made. Callers that come meanwhile wait for the
    /// same answer.
    private func areBuilt(_ indexes: [SearchIndex]) async -> Bool {
        let names = Set(indexes.map(\.name))
        if let built, built.at.duration(to: .now) < (names.isSubset(of: built.names) ? Self.builtLifetime : Self.buildPause) {
            return names.isSubset(of: built.names)
        }
        if let asking { return names.isSubset(of: await asking.value) }
        let task = Task { await askForIndexes(indexes) }
        asking = task
        let found = await task.value
        asking = nil
        built = (found, .now)
        return names.isSubset(of: found)
    }

    /// Names of the indexes that can be queried.
    private func askForIndexes(_ indexes: [SearchIndex]) async -> Set<String> {
        do {
            return try await translating {
                let listed = try await stores.chunks.aggregate([["$listSearchIndexes": [:]]]).collect(limit: 100)
                let known = Set(listed.compactMap { $0["name"]?.stringValue })
                let missing = indexes.filter { !known.contains($0.name) }
                if !missing.isEmpty {
                    let definitions = missing.map { BSONValue.document($0.definition) }
                    try await stores.database.run(
                        ["createSearchIndexes": .string(stores.chunks.name), "indexes": .array(definitions)], .write)
                }
                return Set(listed.filter { $0["queryable"]?.boolValue == true }.compactMap { $0["name"]?.stringValue })
            }
        } catch {
            // Another process was first, or nobody may make them: asked again after a pause.
            return []
        }
    }

    // MARK: Documents

    /// The active documents that the filter accepts; nil when it accepts all.
    ///
    /// Metadata is any JSON and lies with the document, so the filter is decided here, by the code that decides it in
    /// memory, and the search is given the documents' ids.
    private func documents(_ filter: PassageFilter, _ brand: BrandKey) async throws -> [String: Document]? {
        guard !filter.conditions.isEmpty else { return nil }
        let all = try await read(Record.filter(brand).adding("activeVersion", ["$gt": 0]))
        return all.filter { filter.accepts(PassageFilter.Subject($0.value)) }
    }

    private func documents(_ ids: Set<String>, _ brand: BrandKey) async throws -> [String: Document] {
        try await read(["_id": ["$in": .array(ids.sorted().map { .string(Record.id(brand, $0)) })]])
    }

    private func read(_ filter: BSONDocument) async throws -> [String: Document] {
        try await translating {
            var found: [String: Document] = [:]
            for try await record in try await stores.documents.find(filter, FindOptions(projection: ["content": 0])) {
                let document = try stores.decodeListed(record)
                found[document.id] = document
            }
            return found
        }
    }
}
