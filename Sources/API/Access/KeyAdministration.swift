package import Foundation
package import Knowledge

/// Makes keys and takes them back.
package struct KeyAdministration: Sendable {
    private let store: any KeyStore
    private let clock: any WallClock

    package init(store: any KeyStore, clock: any WallClock) {
        self.store = store
        self.clock = clock
    }

    /// What a key shall be.
    package struct Order: Sendable {
        package var workspace: String
        package var name = ""
        package var scopes: [APIKey.Scope] = []
        package var brands: [String]?
        package var expiresAt: Date?

        package init(workspace: String) { self.workspace = workspace }
    }

    /// The token is nowhere else: it must be shown now.
    package func create(_ order: Order) async throws -> (key: APIKey, token: KeyToken) {
        let token = KeyToken()
        let key = APIKey(
            id: token.id, workspace: order.workspace, name: order.name, scopes: order.scopes, brands: order.brands,
            secretHash: token.secretHash, createdAt: clock.now, expiresAt: order.expiresAt)
        try await store.insert(key)
        return (key, token)
    }

    /// Of all workspaces when none is named.
    package func keys(workspace: String?) async throws -> [APIKey] { try await store.keys(workspace: workspace) }

    /// One of the workspace's; nil when it has no such key.
    package func key(_ id: String, workspace: String) async throws -> APIKey? {
        try await store.key(id).flatMap { $0.workspace == workspace ? $0 : nil }
    }

    /// For operators, who name keys alone.
    package func workspace(of id: String) async throws -> String? { try await store.key(id)?.workspace }

    /// False when the workspace has no such key.
    package func revoke(_ id: String, workspace: String) async throws -> Bool {
        try await store.revoke(id, workspace: workspace, at: clock.now)
    }

    /// A new key like the old one, which ends after the overlap; nil when the workspace has no such key, or it is not valid.
    package func rotate(_ id: String, workspace: String, overlap: Duration) async throws -> (key: APIKey, token: KeyToken)? {
        guard let old = try await store.key(id), old.workspace == workspace, old.isValid(at: clock.now) else { return nil }
        var order = Order(workspace: workspace)
        (order.name, order.scopes, order.brands, order.expiresAt) = (old.name, old.scopes, old.brands, old.expiresAt)
        let created = try await create(order)
        _ = try await store.revoke(id, workspace: workspace, at: clock.now.addingTimeInterval(overlap / .seconds(1)))
        return created
    }
}
