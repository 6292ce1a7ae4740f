package import Knowledge

/// On whose behalf a request comes: the workspace and what may be done there come from its key alone.
package struct Principal: Sendable, Hashable {
    package var workspace: String
    /// Nil where there are no keys.
    package var keyID: String?
    package var scopes: Set<APIKey.Scope>
    /// Nil for all brands.
    package var brands: Set<String>?

    /// Of a service without keys.
    package static let open = Principal(workspace: "default", keyID: nil, scopes: Set(APIKey.Scope.allCases), brands: nil)

    init(workspace: String, keyID: String?, scopes: Set<APIKey.Scope>, brands: Set<String>?) {
        self.workspace = workspace
        self.keyID = keyID
        self.scopes = scopes
        self.brands = brands
    }

    init(_ key: APIKey) {
        self.init(workspace: key.workspace, keyID: key.id, scopes: Set(key.scopes), brands: key.brands.map { Set($0) })
    }

    /// `write` and `generate` each imply `read`.
    func allows(_ scope: APIKey.Scope) -> Bool {
        scopes.contains(scope) || scope == .read && !scopes.isDisjoint(with: [.write, .generate])
    }

    /// - Throws: `Problem` 403.
    func require(_ scope: APIKey.Scope) throws(Problem) {
        if !allows(scope) { throw Problem(.forbidden, "the key does not have the scope \(scope.rawValue)") }
    }

    /// Whether the brand is one that it may see.
    func sees(_ brand: BrandKey) -> Bool { brand.workspace == workspace && brands.map { $0.contains(brand.brand) } ?? true }
}
