package import JSON
package import Knowledge
package import Logging
import ServiceLifecycle
package import Telemetry

import struct Foundation.Date

/// Sends one message; answers with the status.
package protocol WebhookSender: Sendable {
    /// - Throws: an error whose description may be shown to the workspace.
    func post(_ body: String, to url: String, headers: [(name: String, value: String)]) async throws -> (status: Int, retryAfter: Duration?)
}

/// Tells the webhooks of operations that ended, and tries again what was not taken.
///
/// An operation's end and the note that somebody must be told are one write, so no end is missed; a message may be sent
/// twice, with the same `webhook-id`.
package struct WebhookDispatcher: Service {
    package struct Options: Sendable {
        package var interval = Duration.seconds(1)
        /// Messages on their way at once.
        package var concurrency = 64
        /// How long one that was taken by a process that died waits.
        package var lease = Duration.seconds(60)
        /// Pauses between the attempts; after the last one a message has failed.
        package var pauses: [Duration] = [5, 30, 120, 600, 3_600, 10_800, 21_600, 43_200].map { .seconds($0) }

        package init() {}
    }

    private let store: any WebhookStore
    private let sender: any WebhookSender
    private let policy: WebhookPolicy
    private let clock: any WallClock
    private let logger: Logger
    private let options: Options
    private let render: @Sendable (Operation) -> JSON
    private let attempts: Counter
    private let pending: Gauge

    /// - Parameter render: an operation as the API shows it.
    package init(
        store: any WebhookStore, sender: any WebhookSender, policy: WebhookPolicy, clock: any WallClock, metrics: Metrics, logger: Logger,
        options: Options = Options(), render: @escaping @Sendable (Operation) -> JSON
    ) {
        self.store = store
        self.sender = sender
        self.policy = policy
        self.clock = clock
        self.logger = logger
        self.options = options
        self.render = render
        attempts = metrics.counter(
            "postwright_webhook_attempts_total", "Messages sent to webhooks, by outcome: delivered, retried, failed.", labels: ["outcome"])
        pending = metrics.gauge("postwright_webhook_deliveries_pending", "Messages that no webhook has taken yet, of all processes.")
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            // Receivers that let a round wait hold up no announcement.
            async let announcing: Void = regularly { try await announce() }
            async let delivering: Void = regularly {
                try await deliver()
                pending.set(Double(try await store.pendingDeliveries()))
            }
            _ = await (announcing, delivering)
        }
    }

    private func regularly(_ work: () async throws -> Void) async {
        while !Task.isCancelled {
            do { try await work() } catch {
                logger.debug("webhooks wait for the database", metadata: ["error": "\(error)"])
            }
            // Cancellation ends the sleep, and the loop sees it.
            try? await Task.sleep(for: options.interval)
        }
    }

    /// Makes messages of the ends that nobody was told of.
    package func announce() async throws {
        var known: [String: [Webhook]] = [:]
        for operation in try await store.unannouncedOperations(limit: 200) {
            let workspace = operation.brand.workspace
            if known[workspace] == nil { known[workspace] = try await store.webhooks(workspace: workspace) }
            let webhooks = known[workspace, default: []].filter { $0.wants(operation) }
            if policy.isOff, !webhooks.isEmpty {
                // Another process may be allowed to tell them; where none is, nobody is told.
                if operation.updatedAt > clock.now.addingTimeInterval(-Self.othersTime) { continue }
            } else {
                try await store.insert(webhooks.map { delivery(of: operation, to: $0) })
            }
            try await store.noteAnnounced(operation)
        }
    }

    /// For how many seconds a process that may not send leaves an end to those that may.
    private static let othersTime = 60.0

    private func delivery(of operation: Operation, to webhook: Webhook) -> WebhookDelivery {
        let body: JSON = [
            "type": .string("operation.\(operation.state.rawValue)"),
            "timestamp": .string(operation.updatedAt.formatted(Date.ISO8601FormatStyle())),
            "data": render(operation),
        ]
        // The version tells a resumed operation's second end from its first.
        return WebhookDelivery(
            id: "\(webhook.id)-\(operation.id)-\(operation.version)", webhook: webhook, operationID: operation.id, body: body.text,
            at: clock.now)
    }

    /// Sends what is due.
    package func deliver() async throws {
        if policy.isOff { return }
        let now = clock.now
        let due = try await store.takeDeliveries(
            limit: options.concurrency, now: now, until: now.addingTimeInterval(options.lease / .seconds(1)))
        await withDiscardingTaskGroup { group in
            for delivery in due { group.addTask { await send(delivery) } }
        }
    }

    private func send(_ taken: WebhookDelivery) async {
        var delivery = taken
        do {
            guard let webhook = try await store.webhook(delivery.webhookID, workspace: delivery.workspace), webhook.disabledReason == nil
            else {
                delivery.state = .failed
                delivery.lastError = "the webhook is gone or disabled"
                return try await store.settle(delivery, taken: taken)
            }
            // Whoever took it before did not come back, again and again.
            guard delivery.attempts <= options.pauses.count + 1 else {
                (delivery.state, delivery.lastError) = (.failed, "no attempt came to an end")
                return try await store.settle(delivery, taken: taken)
            }
            let outcome = await attempt(delivery, webhook)
            // Nobody was asked: the process stops, and the next one takes it up.
            if Task.isCancelled, outcome.status == 0 { return }
            note(outcome, on: &delivery)
            // Before its outcome: the message is sent once more when the process dies between the two.
            if outcome.status == 410 { try await store.disable(webhook, reason: "the receiver answered 410 Gone") }
            try await store.settle(delivery, taken: taken)
        } catch {
            // The lease runs out, and the message is sent once more.
            logger.debug("a webhook's outcome could not be recorded", metadata: ["delivery": "\(delivery.id)", "error": "\(error)"])
        }
    }

    private struct Outcome {
        var status = 0
        var error: String?
        var retryAfter: Duration?
    }

    private func attempt(_ delivery: WebhookDelivery, _ webhook: Webhook) async -> Outcome {
        if let objection = policy.objection(to: webhook.url) { return Outcome(error: "the address \(objection)") }
        guard let signature = WebhookSignature(secret: webhook.secret) else { return Outcome(error: "the webhook's secret cannot be read") }
        do {
            let headers = signature.headers(id: delivery.id, at: clock.now, body: delivery.body)
            let answer = try await sender.post(delivery.body, to: webhook.url, headers: headers)
            return Outcome(status: answer.status, error: nil, retryAfter: answer.retryAfter)
        } catch {
            return Outcome(error: "\(error)")
        }
    }

    private func note(_ outcome: Outcome, on delivery: inout WebhookDelivery) {
        delivery.lastStatus = outcome.status
        delivery.lastError = outcome.error
        if (200..<300).contains(outcome.status) {
            delivery.state = .delivered
            delivery.deliveredAt = clock.now
            attempts.add(1, "delivered")
        } else if outcome.status != 410, delivery.attempts <= options.pauses.count {
            // Up to a quarter more, so that what failed together does not come again together.
            let pause = max(options.pauses[delivery.attempts - 1] * Double.random(in: 1...1.25), outcome.retryAfter ?? .zero)
            delivery.nextAttemptAt = clock.now.addingTimeInterval(pause / .seconds(1))
            attempts.add(1, "retried")
        } else {
            delivery.state = .failed
            attempts.add(1, "failed")
        }
        guard delivery.state != .delivered else { return }
        logger.warning(
            "a webhook did not take a message",
            metadata: [
                "delivery": "\(delivery.id)", "workspace": "\(delivery.workspace)", "operation": "\(delivery.operationID)",
                "attempt": "\(delivery.attempts)", "status": "\(outcome.status)", "error": "\(outcome.error ?? "")",
            ])
    }
}
