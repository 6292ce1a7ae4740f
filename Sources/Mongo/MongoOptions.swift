import Foundation

/// How a client reaches its servers. Every limit is explicit; libmongoc's own defaults wait for minutes.
package struct MongoOptions: Sendable {
    /// A `mongodb://` or `mongodb+srv://` connection string; what it sets itself wins over the timeouts and retries
    /// here, never over the write concern.
    package var uri: String
    /// Threads for requests, each with one pooled client: calls in flight at once.
    package var threads = 8
    /// Calls that may wait for a thread; one more fails with `overloaded`.
    package var queueLimit = 2_000
    /// Change streams that may be open at once; each has a thread and a client of its own.
    package var changeStreams = 2

    package var serverSelectionTimeoutMS = 2_000
    package var connectTimeoutMS = 1_000
    package var socketTimeoutMS = 5_000
    package var heartbeatFrequencyMS = 1_000
    package var waitQueueTimeoutMS = 500

    /// Is told how long each call took, waiting for a thread included, and how it failed.
    package var observer: (@Sendable (Duration, MongoError.Kind?) -> Void)?

    package init(uri: String) { self.uri = uri }

    /// The connection string with every option that the client relies on.
    ///
    /// `w=majority&journal=true`: without the journal acknowledged writes are lost when a server is killed.
    var effectiveURI: String {
        let parts = uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var base = String(parts[0])
        if let scheme = base.range(of: "://"), !base[scheme.upperBound...].contains("/") { base += "/" }
        let forced = [
            ("w", "majority"), ("journal", "true"), ("maxPoolSize", String(threads + changeStreams)),
        ]
        // Amazon DocumentDB, among others, knows no retryable writes.
        let defaults = [
            ("retryReads", "true"), ("retryWrites", "true"),
            ("serverSelectionTimeoutMS", String(serverSelectionTimeoutMS)), ("connectTimeoutMS", String(connectTimeoutMS)),
            ("socketTimeoutMS", String(socketTimeoutMS)), ("heartbeatFrequencyMS", String(heartbeatFrequencyMS)),
            ("waitQueueTimeoutMS", String(waitQueueTimeoutMS)),
        ]
        let forcedNames = Set(forced.map { $0.0.lowercased() } + ["safe"])
        let given = (parts.count > 1 ? parts[1] : "").split(separator: "&").filter { !forcedNames.contains(Self.name($0)) }
        let givenNames = Set(given.map(Self.name))
        let added = forced + defaults.filter { !givenNames.contains($0.0.lowercased()) }
        return base + "?" + (given.map(String.init) + added.map { "\($0)=\($1)" }).joined(separator: "&")
    }

    private static func name(_ option: Substring) -> String { option.prefix { $0 != "=" }.lowercased() }
}
