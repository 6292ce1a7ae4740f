import Foundation
import HTTPTypes
import Hummingbird
import Ingestion
import JSON
import Knowledge
import NIOCore

/// A request's `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header) and what it was sent with.
struct IdempotencyKey: Sendable {
    /// How long a key stands for its first request.
    static let lifetime: TimeInterval = 24 * 3600

    let workspace: String
    let key: String
    let fingerprint: String
    let now: Date

    /// Nil when the request has none. The body is read, and put back for the route.
    ///
    /// - Throws: `Problem` when the key is malformed, or the body larger than any that a route takes.
    init?(_ request: inout Request, _ context: APIRequestContext, now: Date) async throws {
        guard let key = request.headers[.idempotencyKey] else { return nil }
        let bytes = try await request.body(limit: RequestLimits.formBytes)
        request.body = RequestBody(buffer: ByteBuffer(bytes: bytes))
        let line = Array("\(request.method.rawValue) \(request.uri.string)\n".utf8)
        try self.init(key, workspace: context.workspace, fingerprint: ContentHash.hexadecimal(of: line, bytes), now: now)
    }

    /// - Parameter request: what has to be the same when the key is sent again.
    init(_ key: String, workspace: String, of request: [UInt8], now: Date) throws(Problem) {
        try self.init(key, workspace: workspace, fingerprint: ContentHash.hexadecimal(of: request), now: now)
    }

    private init(_ key: String, workspace: String, fingerprint: String, now: Date) throws(Problem) {
        guard (1...255).contains(key.utf8.count), key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw Problem(.malformedRequest, "an Idempotency-Key has 1 to 255 visible ASCII characters, without spaces")
        }
        self.workspace = workspace
        self.key = key
        self.now = now
        self.fingerprint = fingerprint
    }

    /// What is stored with the work, to answer the request's repetitions with.
    func record(of acceptance: Acceptance) -> AcceptedRequest {
        AcceptedRequest(
            workspace: workspace, key: key, fingerprint: fingerprint, status: HTTPResponse.Status.accepted.code,
            location: acceptance.location, body: acceptance.body.text, operationID: acceptance.operation?.id, createdAt: now,
            expiresAt: now.addingTimeInterval(Self.lifetime))
    }
}

/// Keys whose first request is being accepted by this process right now.
actor KeysInFlight {
    private var keys: Set<String> = []

    /// False while another request holds the key.
    func begin(_ key: IdempotencyKey) -> Bool { keys.insert("\(key.workspace)/\(key.key)").inserted }
    func end(_ key: IdempotencyKey) { keys.remove("\(key.workspace)/\(key.key)") }
}

extension HTTPField.Name {
    static let idempotencyKey = Self("Idempotency-Key")!
    /// Marks an answer that was given before.
    static let idempotentReplayed = Self("Idempotent-Replayed")!
}
