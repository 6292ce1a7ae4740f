package import Foundation

/// Where a workspace wants to be told of operations that end.
package struct Webhook: Sendable, Hashable, Codable {
    package var id: String
    package var workspace: String
    package var url: String
    /// The states that are told of.
    package var states: [Operation.State]
    /// Ids of the brands that are told of; nil for all.
    package var brands: [String]?
    /// What deliveries are signed with; the receiver has it too, so it is kept as it is.
    package var secret: String
    package var createdAt: Date
    /// Why nothing is sent any more; nil while it is.
    package var disabledReason: String?

    package init(
        id: String, workspace: String, url: String, states: [Operation.State], brands: [String]?, secret: String, createdAt: Date
    ) {
        self.id = id
        self.workspace = workspace
        self.url = url
        self.states = states
        self.brands = brands
        self.secret = secret
        self.createdAt = createdAt
    }

    package func wants(_ operation: Operation) -> Bool {
        disabledReason == nil && states.contains(operation.state) && brands.map { $0.contains(operation.brand.brand) } ?? true
    }
}

/// One message to a webhook; tried again until it is taken, and kept to be sent again by hand.
package struct WebhookDelivery: Sendable, Hashable, Codable {
    package enum State: String, Sendable, Codable { case pending, delivered, failed }

    /// The same over all attempts: receivers tell repetitions by it.
    package var id: String
    package var webhookID: String
    package var workspace: String
    package var operationID: String
    /// JSON text, signed as it is.
    package var body: String
    package var state: State
    package var attempts: Int
    package var nextAttemptAt: Date
    package var createdAt: Date
    package var deliveredAt: Date?
    /// The receiver's last answer, or 0 where there was none.
    package var lastStatus: Int?
    package var lastError: String?

    package init(id: String, webhook: Webhook, operationID: String, body: String, at moment: Date) {
        self.id = id
        webhookID = webhook.id
        workspace = webhook.workspace
        self.operationID = operationID
        self.body = body
        state = .pending
        attempts = 0
        nextAttemptAt = moment
        createdAt = moment
    }
}

/// Webhooks and what is sent to them. Each method throws `StoreError`.
package protocol WebhookStore: Sendable {
    func insert(_ webhook: Webhook) async throws
    /// Oldest first.
    func webhooks(workspace: String) async throws -> [Webhook]
    func webhook(_ id: String, workspace: String) async throws -> Webhook?
    /// With its deliveries; false when there is none.
    func deleteWebhook(_ id: String, workspace: String) async throws -> Bool
    func disable(_ webhook: Webhook, reason: String) async throws

    /// Operations that have ended and that nobody was told of.
    func unannouncedOperations(limit: Int) async throws -> [Operation]
    /// Notes that the operation's end, as of this version, was told of.
    func noteAnnounced(_ operation: Operation) async throws

    /// Those that are there already stay as they are.
    func insert(_ deliveries: [WebhookDelivery]) async throws
    /// Takes deliveries that are due, for as long as `until`; each counts an attempt.
    func takeDeliveries(limit: Int, now: Date, until: Date) async throws -> [WebhookDelivery]
    func save(_ delivery: WebhookDelivery) async throws
    /// Saves what became of an attempt, unless the delivery was changed since it was taken.
    func settle(_ delivery: WebhookDelivery, taken: WebhookDelivery) async throws
    /// Newest first.
    func deliveries(webhook id: String, workspace: String, _ page: PageRequest) async throws -> Page<WebhookDelivery>
    func delivery(_ id: String, workspace: String) async throws -> WebhookDelivery?
    func pendingDeliveries() async throws -> Int
}
