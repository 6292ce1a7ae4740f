import API
import Foundation
import JSON
import Knowledge

extension Services {
    /// What a key shall be, as the command line says it.
    package struct KeyOrder: Sendable {
        package var name: String
        package var scopes: String
        package var brands: String?
        package var expiresInDays: Int?

        package init(name: String, scopes: String, brands: String?, expiresInDays: Int?) {
            self.name = name
            self.scopes = scopes
            self.brands = brands
            self.expiresInDays = expiresInDays
        }
    }

    private var administration: KeyAdministration { KeyAdministration(store: stores, clock: clock) }

    /// Prints the key once, as the last line.
    package func createKey(_ order: KeyOrder, workspace: String) async throws -> Bool {
        let names = Self.list(order.scopes)
        let scopes = names.compactMap(APIKey.Scope.init(rawValue:))
        guard !scopes.isEmpty, scopes.count == names.count else {
            throw StartError(
                .arguments,
                "--scopes has one or more of \(APIKey.Scope.allCases.map(\.rawValue).joined(separator: ", ")), with commas between.")
        }
        try Self.checkWorkspace(workspace)
        try await prepareStores()
        var made = KeyAdministration.Order(workspace: workspace)
        (made.name, made.scopes, made.brands) = (order.name, scopes, order.brands.map(Self.list))
        made.expiresAt = order.expiresInDays.map { clock.now.addingTimeInterval(Double($0) * 86_400) }
        let created = try await administration.create(made)
        Console.warn("Key \(created.key.id) of the workspace \(workspace). It is shown only now:")
        Console.print(created.token.text)
        return true
    }

    package func listKeys(workspace: String?, asJSON: Bool) async throws -> Bool {
        let keys = try await administration.keys(workspace: workspace)
        if asJSON {
            Console.print(JSON.array(keys.map(Self.json)).prettyText)
        } else if keys.isEmpty {
            Console.warn("There are no keys\(workspace.map { " of the workspace \($0)" } ?? ""): postwright keys create makes one.")
        }
        for key in keys where !asJSON {
            let state = key.isValid(at: clock.now) ? "valid" : key.revokedAt == nil ? "expired" : "revoked"
            let brands = key.brands.map { " brands:" + $0.joined(separator: ",") } ?? ""
            Console.print(
                "\(key.id)  \(state)  \(key.workspace)  \(key.scopes.map(\.rawValue).joined(separator: ","))\(brands)  \(key.name)")
        }
        return true
    }

    /// False, with a sentence, when there is no such key.
    package func revokeKey(_ id: String) async throws -> Bool {
        guard let workspace = try await administration.workspace(of: id), try await administration.revoke(id, workspace: workspace)
        else { return Self.missing(id) }
        Console.warn("Key \(id) is revoked; every process knows within a second.")
        return true
    }

    package func rotateKey(_ id: String, overlapSeconds: Int) async throws -> Bool {
        guard let workspace = try await administration.workspace(of: id),
            let rotated = try await administration.rotate(id, workspace: workspace, overlap: .seconds(overlapSeconds))
        else { return Self.missing(id) }
        Console.warn("Key \(rotated.key.id) takes the place of \(id), which ends in \(overlapSeconds) s. It is shown only now:")
        Console.print(rotated.token.text)
        return true
    }

    /// - Throws: `StartError` for a name that no workspace can have.
    static func checkWorkspace(_ name: String) throws(StartError) {
        guard Slug.isValidID(name) else {
            throw StartError(.arguments, "--workspace has 1 to 128 letters, digits, hyphens and underscores, unlike \"\(name)\".")
        }
    }

    private static func missing(_ id: String) -> Bool {
        Console.warn("There is no valid key \(id); postwright keys list shows them.")
        return false
    }

    private static func list(_ text: String) -> [String] {
        text.split(separator: ",").map { String($0.filter { $0 != " " }) }
    }

    private static func json(_ key: APIKey) -> JSON {
        var object: JSONObject = [
            "id": .string(key.id), "workspace": .string(key.workspace), "name": .string(key.name),
            "scopes": JSON(key.scopes.map(\.rawValue)),
        ]
        object["brands"] = key.brands.map { JSON($0) }
        for (name, moment) in [("createdAt", key.createdAt as Date?), ("expiresAt", key.expiresAt), ("revokedAt", key.revokedAt)] {
            object[name] = moment.map { .string($0.formatted(Date.ISO8601FormatStyle())) }
        }
        return .object(object)
    }
}
