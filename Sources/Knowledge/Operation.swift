package import Foundation
package import JSON

/// A durable piece of asynchronous work, as clients see it.
package struct Operation: Sendable, Hashable, Codable {
    package enum Kind: String, Sendable, Codable, CaseIterable {
        case ingestDocument, generatePlan, generatePost, regeneratePost
    }

    package enum State: String, Sendable, Codable, CaseIterable {
        case queued, running, succeeded, failed, cancelled, partial

        package var isTerminal: Bool { self != .queued && self != .running }
    }

    package struct Progress: Sendable, Hashable, Codable {
        package var done: Int
        package var total: Int

        package init(done: Int, total: Int) {
            self.done = done
            self.total = total
        }
    }

    /// A named failure; `detail` is safe for clients.
    package struct Failure: Sendable, Hashable, Codable, Error {
        package var code: String
        package var detail: String
        /// Seconds after which the same work may succeed; nil when the failure is final.
        package var retryAfter: Double?

        package init(code: String, detail: String, retryAfter: Double? = nil) {
            self.code = code
            self.detail = detail
            self.retryAfter = retryAfter
        }

        /// The code of work that was begun as often as it may be, and never ended.
        package static let attemptsExhausted = "attemptsExhausted"
    }

    /// A part of the work whose outcome is told apart; its id stays the same over retries.
    package struct Item: Sendable, Hashable, Codable {
        package enum Kind: String, Sendable, Codable { case document, post, stage }

        package var id: String
        package var kind: Kind
        package var state: State
        package var resultID: String?
        package var error: Failure?

        package init(id: String, kind: Kind, state: State, resultID: String? = nil, error: Failure? = nil) {
            self.id = id
            self.kind = kind
            self.state = state
            self.resultID = resultID
            self.error = error
        }
    }

    package struct Result: Sendable, Hashable, Codable {
        package enum Kind: String, Sendable, Codable { case document, plan, post }

        package var type: Kind
        package var id: String

        package init(type: Kind, id: String) {
            self.type = type
            self.id = id
        }
    }

    package var id: String
    package var brand: BrandKey
    package var kind: Kind
    package var state: State
    /// Grows with every change; the id of its events.
    package var version: Int
    package var stage: String
    package var progress: Progress
    package var items: [Item]
    package var error: Failure?
    package var usage: Usage
    package var createdAt: Date
    package var updatedAt: Date
    package var result: Result
    /// What the work needs besides its result's record.
    package var input: JSON
    /// How many times a worker took it up.
    package var attempts: Int
    package var cancelRequested: Bool
    /// The trace of the request that it came with, as a W3C `traceparent`.
    package var traceparent: String?

    /// From its acceptance to its last change, in seconds.
    package var age: Double { max(0, updatedAt.timeIntervalSince(createdAt)) }
    /// What the work was estimated to cost when it was accepted, and is set aside for it until it ends.
    package var reservation: Spending?
    /// What of it is not used yet.
    package var outstanding: Spending { reservation?.outstanding(after: usage.tokens) ?? Spending() }

    /// Ends with it what of it has not ended. The only item, or the stage that runs, is what an operation fails in; posts of a
    /// plan have failures of their own, and those that had none by then were given up.
    package mutating func end(as state: State, _ failure: Failure?) {
        self.state = state
        stage = "done"
        error = failure
        let isAlone = items.count == 1
        for index in items.indices where !items[index].state.isTerminal {
            let isCause = isAlone || items[index].kind == .stage && items[index].state == .running
            switch state {
            case .succeeded: items[index].state = .succeeded
            case .failed where isCause: (items[index].state, items[index].error) = (.failed, failure)
            default: items[index].state = .cancelled
            }
        }
    }

    package init(id: String, brand: BrandKey, kind: Kind, result: Result, input: JSON = [:], createdAt: Date) {
        self.id = id
        self.brand = brand
        self.kind = kind
        state = .queued
        version = 1
        stage = "queued"
        progress = Progress(done: 0, total: 0)
        items = []
        usage = Usage()
        self.createdAt = createdAt
        updatedAt = createdAt
        self.result = result
        self.input = input
        attempts = 0
        cancelRequested = false
        traceparent = WorkContext.current.traceparent
    }
}
