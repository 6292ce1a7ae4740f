import BSON
import CMongo

/// A failed call to the database, by what the caller can do about it.
package struct MongoError: Error, Sendable {
    package enum Kind: Sendable, Hashable {
        /// No server answered in time, or it is changing roles: ask again later.
        case unavailable
        /// All threads are busy and the queue is full: ask again later.
        case overloaded
        /// A unique index has that key already.
        case duplicateKey
        /// Restart the transaction from its beginning.
        case transactionConflict
        /// It is unknown whether the commit happened: commit again.
        case unknownCommitResult
        /// The change stream cannot go on from its token: rescan.
        case changeStreamLost
        /// The user name, the password or the certificate is refused: mend the configuration.
        case unauthorized
        /// The URI or an option is wrong: mend the configuration.
        case misconfigured
        /// The document cannot be stored: too large, too deep, or with a key that holds NUL.
        case invalidDocument
        /// The server refuses the command: a defect of the caller.
        case refused
    }

    package var kind: Kind
    /// The server's error code, or 0.
    package var code: Int
    package var labels: Set<String>
    /// For logs only: may name fields and hosts.
    package var detail: String

    package init(_ kind: Kind, code: Int = 0, labels: Set<String> = [], detail: String) {
        self.kind = kind
        self.code = code
        self.labels = labels
        self.detail = detail
    }
}

extension MongoError: CustomStringConvertible, CustomDebugStringConvertible {
    /// Safe for a stranger to read.
    package var description: String {
        switch kind {
        case .unavailable: "the database is not available"
        case .overloaded: "too many database calls are waiting"
        case .duplicateKey: "the key exists already"
        case .transactionConflict: "the transaction met another one"
        case .unknownCommitResult: "the outcome of the transaction is unknown"
        case .changeStreamLost: "the change stream cannot be resumed"
        case .unauthorized: "the database refuses the credentials"
        case .misconfigured: "the database settings are not valid"
        case .invalidDocument: "the document cannot be stored"
        case .refused: "the database refuses the command"
        }
    }

    package var debugDescription: String { "\(description) (code \(code)): \(detail)" }
}

extension MongoError {
    /// Translates a libmongoc failure; the one place that knows its domains and the server's codes.
    init(_ error: cmongo_error_t, reply: BSONDocument? = nil) {
        let labels = Set(reply?["errorLabels"]?.arrayValue?.compactMap(\.stringValue) ?? [])
        let writeErrors = reply?["writeErrors"]?.arrayValue ?? []
        let code = writeErrors.first?["code"]?.integerValue.map(Int.init) ?? Int(error.code)
        let message = withUnsafeBytes(of: error.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        self.init(Self.kind(domain: error.domain, code: code, labels: labels), code: code, labels: labels, detail: message)
    }

    init(_ error: BSONError) {
        self.init(.invalidDocument, detail: error.description)
    }

    private static func kind(domain: UInt32, code: Int, labels: Set<String>) -> Kind {
        if labels.contains("UnknownTransactionCommitResult") { return .unknownCommitResult }
        if labels.contains("TransientTransactionError") { return .transactionConflict }
        switch domain {
        case MONGOC_ERROR_STREAM.rawValue, MONGOC_ERROR_SERVER_SELECTION.rawValue: return .unavailable
        case MONGOC_ERROR_CLIENT.rawValue where code == Int(MONGOC_ERROR_CLIENT_AUTHENTICATE.rawValue): return .unauthorized
        case MONGOC_ERROR_CLIENT.rawValue: return .misconfigured
        case MONGOC_ERROR_BSON.rawValue: return .invalidDocument
        case MONGOC_ERROR_COMMAND.rawValue where code == Int(MONGOC_ERROR_COMMAND_INVALID_ARG.rawValue): return .refused
        default: return kind(serverCode: code)
        }
    }

    /// Codes of the server's error_codes.yml.
    private static func kind(serverCode code: Int) -> Kind {
        switch code {
        case 11000, 11001, 12582: .duplicateKey
        case 13, 18: .unauthorized
        case 112, 251: .transactionConflict
        case 280, 286: .changeStreamLost
        case 2, 17280, 10334, 15, 21: .invalidDocument
        case 6, 7, 43, 50, 89, 91, 189, 262, 9001, 10058, 10107, 11600, 11602, 13388, 13435, 13436: .unavailable
        default: .refused
        }
    }
}
