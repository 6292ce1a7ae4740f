package import Foundation

/// The idempotency record of a request: what it was, and the first answer it got.
///
/// It is stored in the transaction that accepts the work, so that there is never one without the other.
package struct AcceptedRequest: Sendable, Hashable, Codable {
    package var workspace: String
    /// The client's `Idempotency-Key`.
    package var key: String
    /// SHA-256 of method, path and body.
    package var fingerprint: String
    package var status: Int
    package var location: String?
    /// JSON text.
    package var body: String
    /// The operation that was made, where it is one.
    package var operationID: String?
    package var createdAt: Date
    /// The key may be used anew after this; the database may delete the record later still.
    package var expiresAt: Date

    package init(
        workspace: String, key: String, fingerprint: String, status: Int, location: String?, body: String, operationID: String?,
        createdAt: Date, expiresAt: Date
    ) {
        self.workspace = workspace
        self.key = key
        self.fingerprint = fingerprint
        self.status = status
        self.location = location
        self.body = body
        self.operationID = operationID
        self.createdAt = createdAt
        self.expiresAt = expiresAt
    }
}

package protocol AcceptedRequestStore: Sendable {
    /// The record of that key, if it is not expired at `now`.
    func acceptedRequest(workspace: String, key: String, now: Date) async throws -> AcceptedRequest?
}
