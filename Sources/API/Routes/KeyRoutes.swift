import Foundation
import HTTPTypes
import Hummingbird
import JSON
import Knowledge

/// Keys of the workspace, for the scope `admin`, and tickets for every key.
struct KeyRoutes: Sendable {
    let dependencies: APIDependencies

    func add(to routes: inout RouteTable) {
        routes.on(.get, "/v1/keys") { _, context in
            let keys = try await dependencies.keys.keys(workspace: context.workspace).filter { context.principal.sees($0) }
            return Answer.json(Listing.json(keys, next: nil, \.json))
        }
        routes.on(.post, "/v1/keys") { request, context in
            let access = KeyAdministration(store: dependencies.keys, clock: dependencies.clock)
            let order = try Self.order(try await request.json(), context.principal, now: dependencies.clock.now)
            return Self.answer(try await access.create(order))
        }
        routes.on(.get, "/v1/keys/{keyId}") { _, context in
            let access = KeyAdministration(store: dependencies.keys, clock: dependencies.clock)
            let key = try await key(try context.id("keyId", of: "key"), context, access)
            // The list goes on to tell of one that was revoked.
            if let revokedAt = key.revokedAt, revokedAt <= dependencies.clock.now { throw Problem.notFound("key") }
            return Answer.json(key.json)
        }
        routes.on(.delete, "/v1/keys/{keyId}") { _, context in
            let id = try context.id("keyId", of: "key")
            let access = KeyAdministration(store: dependencies.keys, clock: dependencies.clock)
            _ = try await key(id, context, access)
            guard try await access.revoke(id, workspace: context.workspace) else { throw Problem.notFound("key") }
            return Response(status: .noContent)
        }
        routes.on(.post, "/v1/keys/{keyId}/rotate") { request, context in
            let id = try context.id("keyId", of: "key")
            let faults = Faults()
            let fields = Fields(try await request.json(), known: ["overlapSeconds"], faults: faults)
            let overlap = fields.integer("overlapSeconds", in: 0...604_800) ?? 0
            try faults.check()
            let access = KeyAdministration(store: dependencies.keys, clock: dependencies.clock)
            _ = try await key(id, context, access)
            guard let rotated = try await access.rotate(id, workspace: context.workspace, overlap: .seconds(overlap)) else {
                throw Problem.notFound("key")
            }
            return Self.answer(rotated)
        }
        routes.on(.post, "/v1/tickets") { _, context in
            let ticket = try await dependencies.keyRing.ticket(for: context.principal)
            return Answer.json(["ticket": .string(ticket), "expiresInSeconds": 60], status: .created)
        }
    }

    /// - Throws: `Problem` 404 for a key that the one that asks does not see.
    private func key(_ id: String, _ context: APIRequestContext, _ access: KeyAdministration) async throws -> APIKey {
        guard let key = try await access.key(id, workspace: context.workspace), context.principal.sees(key) else {
            throw Problem.notFound("key")
        }
        return key
    }

    private static func answer(_ created: (key: APIKey, token: KeyToken)) -> Response {
        var object = created.key.json.objectValue ?? [:]
        object["key"] = .string(created.token.text)
        return Answer.json(
            .object(object), status: .created, headers: [(.location, "/v1/keys/\(created.key.id)"), (.cacheControl, "no-store")])
    }

    private static func order(_ value: JSON, _ principal: Principal, now: Date) throws -> KeyAdministration.Order {
        let faults = Faults()
        let fields = Fields(value, known: ["name", "scopes", "brands", "expiresInDays"], faults: faults)
        var order = KeyAdministration.Order(workspace: principal.workspace)
        order.name = fields.text("name", limit: 200) ?? ""
        let names = fields.texts("scopes", countLimit: 10, limit: 20)
        for (index, name) in names.enumerated() where APIKey.Scope(rawValue: name) == nil {
            let known = APIKey.Scope.allCases.map(\.rawValue).joined(separator: ", ")
            faults.add(JSONPointer.root.appending("scopes").appending(index), "is no scope; scopes are \(known)")
        }
        order.scopes = names.compactMap(APIKey.Scope.init(rawValue:))
        if names.isEmpty { faults.add(JSONPointer.root.appending("scopes"), "must name at least one scope") }
        if fields.has("brands") { order.brands = fields.texts("brands", countLimit: 1_000, limit: 64) }
        if let days = fields.integer("expiresInDays", in: 1...3_650) { order.expiresAt = now.addingTimeInterval(Double(days) * 86_400) }
        // A key for some brands cannot make one that sees more.
        if let own = principal.brands, !(order.brands.map { Set($0).isSubset(of: own) } ?? false) {
            faults.add(JSONPointer.root.appending("brands"), "must be among the brands of the key that asks")
        }
        try faults.check()
        return order
    }
}

extension Principal {
    /// Whether the key sees no brand that this one does not.
    fileprivate func sees(_ key: APIKey) -> Bool {
        guard let brands else { return true }
        return key.brands.map { Set($0).isSubset(of: brands) } ?? false
    }
}

extension APIKey {
    /// Without anything secret.
    var json: JSON {
        var object: JSONObject = ["id": .string(id), "name": .string(name), "scopes": JSON(scopes.map(\.rawValue))]
        object["brands"] = brands.map { JSON($0) }
        object["createdAt"] = createdAt.json
        object["expiresAt"] = expiresAt?.json
        object["revokedAt"] = revokedAt?.json
        return .object(object)
    }
}
