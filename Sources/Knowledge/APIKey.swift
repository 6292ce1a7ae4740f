package import Foundation

/// What lets a client in: it belongs to one workspace, and its secret is known to the client alone.
package struct APIKey: Sendable, Hashable, Codable {
    package enum Scope: String, Sendable, Codable, CaseIterable {
        case read, write, generate, admin
    }

    /// The public part, which may be shown and logged.
    package var id: String
    package var workspace: String
    /// For people.
    package var name: String
    package var scopes: [Scope]
    /// Ids of the brands that it may see; nil for all.
    package var brands: [String]?
    /// SHA-256 of the secret, in hexadecimal: with 256 random bits behind it nothing slower is needed.
    package var secretHash: String
    package var createdAt: Date
    package var expiresAt: Date?
    /// May lie ahead: a key that is rotated can go on for a while.
    package var revokedAt: Date?

    package init(
        id: String, workspace: String, name: String, scopes: [Scope], brands: [String]?, secretHash: String, createdAt: Date,
        expiresAt: Date?
    ) {
        self.id = id
        self.workspace = workspace
        self.name = name
        self.scopes = scopes
        self.brands = brands
        self.secretHash = secretHash
        self.createdAt = createdAt
        self.expiresAt = expiresAt
    }

    package func isValid(at moment: Date) -> Bool {
        [expiresAt, revokedAt].allSatisfy { end in end.map { moment < $0 } ?? true }
    }
}

/// The keys of all workspaces. Each method throws `StoreError`.
package protocol KeyStore: Sendable {
    func insert(_ key: APIKey) async throws
    func key(_ id: String) async throws -> APIKey?
    /// Oldest first; of all workspaces when none is named.
    func keys(workspace: String?) async throws -> [APIKey]
    /// False when the workspace has no such key; one that is revoked already stays so.
    func revoke(_ id: String, workspace: String, at moment: Date) async throws -> Bool

    /// Keeps a ticket for a minute: what a browser sends in an address in the place of its key.
    func insertTicket(_ hash: String, key id: String, expiresAt: Date) async throws
    /// The key that the ticket stands for, once.
    func takeTicket(_ hash: String, now: Date) async throws -> String?
}
