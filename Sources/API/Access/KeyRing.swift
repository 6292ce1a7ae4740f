import Foundation
import HTTPTypes
package import Knowledge

/// Tells who a request is from.
package actor KeyRing {
    /// For how long a key's record lets requests in: within a second of its revocation every process knows.
    private static let lifetime = Duration.milliseconds(900)
    /// From which age on it is asked for again, while requests go on: none waits for a database that takes less than the rest.
    private static let renewal = Duration.milliseconds(400)
    /// For how long a key lets requests in that was good when the store was last asked, while the store is away: what is in
    /// memory can be searched.
    private static let outage = Duration.seconds(60)
    /// After a question to the store that failed, keys that are known wait for no other for so long: longer than the next takes.
    private static let pause = Duration.seconds(4)
    /// Between a question that failed and the next, while the store is away.
    private static let probing = Duration.milliseconds(500)
    private static let capacity = 10_000

    private let store: any KeyStore
    private let clock: any WallClock
    /// What ages are measured by.
    private let instant: @Sendable () -> ContinuousClock.Instant
    /// Whether there are no keys, and every request is let in.
    package nonisolated let isOpen: Bool
    private var known: [String: (key: APIKey?, at: ContinuousClock.Instant)] = [:]
    /// When the store was last found to be away; nil when it has answered since.
    private var failedAt: ContinuousClock.Instant?
    /// Asks until the store is back, so that no request has to find out.
    private var probe: Task<Void, Never>?
    /// The latest of each key that runs.
    private var questions: [String: Question] = [:]

    private struct Question {
        let asked: ContinuousClock.Instant
        let answer: Task<APIKey?, any Error>
    }

    package init(
        store: any KeyStore, clock: any WallClock, isOpen: Bool, instant: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.store = store
        self.clock = clock
        self.isOpen = isOpen
        self.instant = instant
    }

    /// - Parameter authorization: the header's value.
    /// - Throws: `Problem` 401, `StoreError` while the store is away and the key is not known.
    package func principal(authorization: String?) async throws -> Principal {
        if isOpen { return .open }
        guard let authorization else { throw Self.unauthenticated("send a key as Authorization: Bearer KEY") }
        let parts = authorization.split(separator: " ")
        guard parts.count == 2, parts[0].lowercased() == "bearer", let token = KeyToken(String(parts[1])) else {
            throw Self.unauthenticated("the Authorization header has no key of this service")
        }
        guard let key = try await key(token.id), Self.areEqual(key.secretHash, token.secretHash), key.isValid(at: clock.now) else {
            throw Self.unauthenticated("the key is not known, or not valid any more")
        }
        return Principal(key)
    }

    /// Of an address with a ticket, which is used up by that.
    func principal(ticket: String) async throws -> Principal {
        if isOpen { return .open }
        guard let id = try await store.takeTicket(KeyToken.hash(ticket), now: clock.now), let key = try await key(id),
            key.isValid(at: clock.now)
        else { throw Self.unauthenticated("the ticket was used, or is older than a minute") }
        return Principal(key)
    }

    /// A minute's ticket for the principal's key.
    func ticket(for principal: Principal) async throws -> String {
        let ticket = KeyToken().secret
        if let id = principal.keyID {
            try await store.insertTicket(KeyToken.hash(ticket), key: id, expiresAt: clock.now.addingTimeInterval(60))
        }
        return ticket
    }

    /// Whether the principal's key still lets it in; while the store is away, what was known counts.
    func isValid(_ principal: Principal) async -> Bool {
        guard let id = principal.keyID else { return true }
        do {
            return try await key(id)?.isValid(at: clock.now) ?? false
        } catch {
            return true
        }
    }

    private func key(_ id: String) async throws -> APIKey? {
        if let entry = known[id] {
            let age = entry.at.duration(to: instant())
            if age < Self.lifetime {
                if age >= Self.renewal { _ = ask(id) }
                return entry.key
            }
            if age < Self.outage {
                let question = ask(id)
                if let failedAt, failedAt.duration(to: instant()) < Self.pause { return entry.key }
                do { return try await question.value } catch StoreError.unavailable { return entry.key }
            }
        }
        return try await ask(id).value
    }

    /// Of a young question, or a new one: one that a slow database has kept for long may have been read before a revocation.
    private func ask(_ id: String) -> Task<APIKey?, any Error> {
        let now = instant()
        if let running = questions[id], running.asked.duration(to: now) < Self.renewal { return running.answer }
        let answer = Task {
            defer { if questions[id]?.asked == now { questions[id] = nil } }
            do {
                let key = try await store.key(id)
                failedAt = nil
                remember(key, of: id, asked: now)
                return key
            } catch {
                if (error as? StoreError) == .unavailable {
                    failedAt = instant()
                    startProbe(id)
                }
                throw error
            }
        }
        questions[id] = Question(asked: now, answer: answer)
        return answer
    }

    private func startProbe(_ id: String) {
        guard probe == nil else { return }
        let end = instant() + Self.outage
        probe = Task {
            while failedAt != nil, instant() < end {
                // Nobody cancels it, and what the question finds shows in the loop's condition.
                try? await Task.sleep(for: Self.probing)
                _ = try? await ask(id).value
            }
            probe = nil
        }
    }

    /// Unless a later question was answered before this one.
    private func remember(_ key: APIKey?, of id: String, asked: ContinuousClock.Instant) {
        if let entry = known[id], entry.at > asked { return }
        if known.count >= Self.capacity { known = [:] }
        known[id] = (key, asked)
    }

    /// In the same time whatever differs.
    private static func areEqual(_ first: String, _ second: String) -> Bool {
        let (first, second) = (Array(first.utf8), Array(second.utf8))
        guard first.count == second.count else { return false }
        return zip(first, second).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }

    private static func unauthenticated(_ detail: String) -> Problem {
        var problem = Problem(.unauthenticated, detail)
        problem.headers = [(.wwwAuthenticate, "Bearer")]
        return problem
    }
}
