import Crypto
import JSON
import OrderedCollections
import Synchronization

/// Documents that were parsed and validated, by the SHA-256 of their texts: the same table serves automatic persisted
/// queries, whose clients send the hash alone once the service has seen the text.
final class DocumentCache: Sendable {
    typealias Entry = (document: Document, errors: [GraphQLError])

    private struct State {
        var entries: OrderedDictionary<String, Entry> = [:]
    }

    private static let capacity = 500
    /// A larger one is read again each time: the cache must not hold what clients pad.
    private static let byteLimit = 16 * 1024
    private let state = Mutex(State())

    /// The request's document, made by `prepare` unless it is known.
    func document(
        for request: GraphQLRequest, _ prepare: (String) throws(GraphQLError) -> Entry
    ) throws(GraphQLError) -> Entry {
        let persisted = try Self.persistedHash(request.extensions)
        guard let text = request.query else {
            guard let hash = persisted else { throw GraphQLError("There is no query.", code: .badUserInput) }
            guard let entry = entry(hash) else {
                throw GraphQLError("The persisted query is not known here; send its text with it.", code: "PERSISTED_QUERY_NOT_FOUND")
            }
            return entry
        }
        let hash = Self.hash(text)
        if let persisted, persisted != hash {
            throw GraphQLError("The persisted query's hash is not that of the text.", code: "PERSISTED_QUERY_HASH_MISMATCH")
        }
        if let entry = entry(hash) { return entry }
        let entry = try prepare(text)
        // What is not valid is not kept: it would push out what is.
        if entry.errors.isEmpty, text.utf8.count <= Self.byteLimit || persisted != nil { keep(entry, hash) }
        return entry
    }

    private static func persistedHash(_ extensions: JSONObject) throws(GraphQLError) -> String? {
        guard let persisted = extensions["persistedQuery"], persisted != .null else { return nil }
        guard persisted["version"]?.integerValue == 1, let hash = persisted["sha256Hash"]?.stringValue else {
            throw GraphQLError("A persisted query has version 1 and a sha256Hash.", code: .badUserInput)
        }
        return hash.lowercased()
    }

    private static func hash(_ text: String) -> String {
        SHA256.hash(data: Array(text.utf8)).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private func entry(_ hash: String) -> Entry? {
        state.withLock { state in
            guard let entry = state.entries.removeValue(forKey: hash) else { return nil }
            // Behind all others: the first is the one that was not asked for the longest time.
            state.entries[hash] = entry
            return entry
        }
    }

    private func keep(_ entry: Entry, _ hash: String) {
        state.withLock { state in
            state.entries[hash] = entry
            if state.entries.count > Self.capacity { state.entries.removeFirst() }
        }
    }
}
