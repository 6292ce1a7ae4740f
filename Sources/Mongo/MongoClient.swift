// Mongo: Swift over libmongoc. Blocking calls are made on threads of this target's own; nothing above it
// sees a pointer or a libmongoc error code, and it knows no word of the domain.

package import BSON
import CMongo
package import Logging

/// A pooled client of one MongoDB deployment.
package final class MongoClient: Sendable {
    let threads: ConnectionThreads
    let options: MongoOptions
    let logger: Logger

    /// Starts the threads; no server is contacted before the first call.
    ///
    /// - Throws: `MongoError` of kind `misconfigured` for a bad connection string.
    package init(_ options: MongoOptions, logger: Logger) throws(MongoError) {
        Driver.initialize(logger: logger)
        var error = cmongo_error_t()
        guard let pool = cmongo_pool_new(options.effectiveURI, &error) else {
            throw MongoError(.misconfigured, detail: MongoError(error).detail)
        }
        self.options = options
        self.logger = logger
        threads = ConnectionThreads(pool: pool, threads: options.threads, queueLimit: options.queueLimit, observer: options.observer)
    }

    deinit { threads.close() }

    /// Ends the threads once the calls under way have ended; later calls fail with `unavailable`.
    package func close() { threads.close() }

    package func database(_ name: String) -> MongoDatabase { MongoDatabase(client: self, name: name) }
}

/// A database by name.
package struct MongoDatabase: Sendable {
    package let client: MongoClient
    package let name: String

    package func collection(_ name: String) -> MongoCollection {
        MongoCollection(database: self, name: name)
    }

    package enum CommandKind: Sendable { case read, write }

    /// Runs any command and returns the server's reply.
    @discardableResult
    package func run(
        _ command: BSONDocument, _ kind: CommandKind = .read, session: MongoSession? = nil
    ) async throws -> BSONDocument {
        let bytes = try command.wireBytes()
        let database = name
        return try await client.threads.run(on: session?.thread) { connection in
            try connection.withTarget(database, nil, session: session?.handle.pointer) { target throws(MongoError) in
                var reply = cmongo_bytes_t()
                var error = cmongo_error_t()
                let succeeded = withView(bytes) {
                    cmongo_command(target, $0, cmongo_view_t(), kind == .write, &reply, &error)
                }
                let document = reply.takeDocument()
                guard succeeded else { throw MongoError(error, reply: document) }
                return document ?? [:]
            }
        }
    }

    /// Asks for an answer from a server.
    package func ping() async throws { try await run(["ping": 1]) }

    package func drop() async throws { try await run(["dropDatabase": 1], .write) }
}
