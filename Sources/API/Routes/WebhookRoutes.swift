import HTTPTypes
import Hummingbird
import JSON
import Knowledge
import Webhooks

/// Webhooks of the workspace, for the scope `admin`.
struct WebhookRoutes: Sendable {
    let dependencies: APIDependencies

    private static let limit = 20

    func add(to routes: inout RouteTable) {
        routes.on(.get, "/v1/webhooks") { _, context in
            let webhooks = try await dependencies.webhooks.webhooks(workspace: context.workspace)
            return Answer.json(Listing.json(webhooks.filter { context.principal.sees($0) }, next: nil, \.json))
        }
        routes.on(.post, "/v1/webhooks") { request, context in
            let webhook = try await order(try await request.json(), context.principal)
            try await dependencies.webhooks.insert(webhook)
            // The one time that the secret is shown.
            var object = webhook.json.objectValue ?? [:]
            object["secret"] = .string(webhook.secret)
            return Answer.json(
                .object(object), status: .created, headers: [(.location, "/v1/webhooks/\(webhook.id)"), (.cacheControl, "no-store")])
        }
        routes.on(.get, "/v1/webhooks/{webhookId}") { _, context in Answer.json(try await webhook(context).json) }
        routes.on(.delete, "/v1/webhooks/{webhookId}") { _, context in
            let webhook = try await webhook(context)
            guard try await dependencies.webhooks.deleteWebhook(webhook.id, workspace: context.workspace) else {
                throw Problem.notFound("webhook")
            }
            return Response(status: .noContent)
        }
        routes.on(.get, "/v1/webhooks/{webhookId}/deliveries") { request, context in
            let webhook = try await webhook(context)
            let page = try await dependencies.webhooks.deliveries(webhook: webhook.id, workspace: context.workspace, try request.page())
            return Answer.json(Listing.json(page.items, next: page.nextCursor, \.json))
        }
        routes.on(.post, "/v1/webhooks/{webhookId}/deliveries/{deliveryId}/replay") { _, context in
            let webhook = try await webhook(context)
            let id = try context.id("deliveryId", of: "delivery")
            guard var delivery = try await dependencies.webhooks.delivery(id, workspace: context.workspace),
                delivery.webhookID == webhook.id
            else { throw Problem.notFound("delivery") }
            guard webhook.disabledReason == nil else { throw Problem(.conflict, "the webhook is disabled; delete it and make a new one") }
            (delivery.state, delivery.attempts, delivery.nextAttemptAt) = (.pending, 0, dependencies.clock.now)
            (delivery.deliveredAt, delivery.lastStatus, delivery.lastError) = (nil, nil, nil)
            try await dependencies.webhooks.save(delivery)
            return Answer.json(delivery.json, status: .accepted)
        }
    }

    private func webhook(_ context: APIRequestContext) async throws -> Webhook {
        let id = try context.id("webhookId", of: "webhook")
        guard let webhook = try await dependencies.webhooks.webhook(id, workspace: context.workspace), context.principal.sees(webhook)
        else {
            throw Problem.notFound("webhook")
        }
        return webhook
    }

    private func order(_ value: JSON, _ principal: Principal) async throws -> Webhook {
        let faults = Faults()
        let fields = Fields(value, known: ["url", "states", "brands"], faults: faults)
        let url = fields.text("url", isRequired: true, limit: 2_000) ?? ""
        if dependencies.webhookPolicy.isOff {
            faults.add(JSONPointer.root.appending("url"), "cannot be told: this deployment sends no webhooks (POSTWRIGHT_WEBHOOK_HOSTS)")
        } else if !url.isEmpty, let objection = dependencies.webhookPolicy.objection(to: url) {
            faults.add(JSONPointer.root.appending("url"), objection)
        }
        let names = fields.texts("states", countLimit: 10, limit: 20)
        let known = Operation.State.allCases.filter(\.isTerminal)
        for (index, name) in names.enumerated() where !known.contains(where: { $0.rawValue == name }) {
            let list = known.map(\.rawValue).joined(separator: ", ")
            faults.add(JSONPointer.root.appending("states").appending(index), "is no state in which operations end; those are \(list)")
        }
        let states = names.compactMap(Operation.State.init(rawValue:))
        let named = fields.texts("brands", countLimit: 1_000, limit: 64)
        let brands = named.isEmpty ? principal.brands.map { $0.sorted() } : named
        if let own = principal.brands, !(brands.map { Set($0).isSubset(of: own) } ?? false) {
            faults.add(JSONPointer.root.appending("brands"), "must be among the brands of the key that asks")
        }
        try faults.check()
        guard try await dependencies.webhooks.webhooks(workspace: principal.workspace).count < Self.limit else {
            throw Problem(.conflict, "a workspace has at most \(Self.limit) webhooks; delete one first")
        }
        return Webhook(
            id: dependencies.clock.makeID(), workspace: principal.workspace, url: url, states: states.isEmpty ? known : states,
            brands: brands, secret: WebhookSignature.makeSecret(), createdAt: dependencies.clock.now)
    }
}

extension Principal {
    /// One that tells of brands which the key does not see is not there for it.
    fileprivate func sees(_ webhook: Webhook) -> Bool {
        guard let brands else { return true }
        return webhook.brands.map { Set($0).isSubset(of: brands) } ?? false
    }
}

extension Webhook {
    /// Without the secret.
    fileprivate var json: JSON {
        var object: JSONObject = ["id": .string(id), "url": .string(url), "states": JSON(states.map(\.rawValue))]
        object["brands"] = brands.map { JSON($0) }
        object["createdAt"] = createdAt.json
        object["disabledReason"] = disabledReason.map(JSON.string)
        return .object(object)
    }
}

extension WebhookDelivery {
    fileprivate var json: JSON {
        var object: JSONObject = [
            "id": .string(id), "operationId": .string(operationID), "state": .string(state.rawValue), "attempts": JSON(attempts),
            "createdAt": createdAt.json,
        ]
        object["nextAttemptAt"] = state == .pending ? nextAttemptAt.json : nil
        object["deliveredAt"] = deliveredAt?.json
        object["lastStatus"] = lastStatus.map { JSON($0) }
        object["lastError"] = lastError.map(JSON.string)
        object["body"] = (try? JSON(parsing: body)) ?? .string(body)
        return .object(object)
    }
}
