import Synchronization

/// Keeps calls from an API that fails (M. Nygard, "Release It!", chapter 5), as a pure state machine.
///
/// It opens when at least half of at least 10 calls failed within 10 s, lets nothing through for 30 s, and then
/// one probe: its success closes the breaker, its failure opens it for another 30 s.
struct CircuitBreaker: Sendable {
    static let window = Duration.seconds(10)
    static let minimumCalls = 10
    static let cooldown = Duration.seconds(30)

    typealias Instant = ContinuousClock.Instant

    enum Admission: Hashable, Sendable { case call, probe, refused }
    enum Outcome: Hashable, Sendable {
        /// The API answered, be it with a refusal.
        case answered
        case failed
        /// The call was cancelled: it says nothing.
        case abandoned
    }

    private enum State { case closed, open(until: Instant), probing }
    private var state = State.closed
    private var outcomes: [(time: Instant, failed: Bool)] = []

    mutating func admit(at now: Instant) -> Admission {
        switch state {
        case .closed: return .call
        case .open(let until) where now < until: return .refused
        case .open:
            state = .probing
            return .probe
        case .probing: return .refused
        }
    }

    mutating func end(_ admission: Admission, _ outcome: Outcome, at now: Instant) {
        switch (admission, outcome) {
        case (.refused, _): break
        case (.probe, .answered):
            state = .closed
            outcomes = []
        case (.probe, .failed): state = .open(until: now + Self.cooldown)
        case (.probe, .abandoned): state = .open(until: now)
        case (.call, .abandoned): break
        case (.call, _):
            // What was sent before the breaker opened says nothing new about the API.
            guard case .closed = state else { break }
            outcomes.append((now, outcome == .failed))
            outcomes.removeAll { $0.time < now - Self.window }
            let failures = outcomes.count { $0.failed }
            if outcomes.count >= Self.minimumCalls, failures * 2 >= outcomes.count {
                state = .open(until: now + Self.cooldown)
                outcomes = []
            }
        }
    }
}

/// The process's breakers, one for each endpoint and model.
package final class CircuitBreakers: Sendable {
    struct Key: Hashable, Sendable {
        /// Of the endpoint: a name may stand for a chat model and for an embedding model.
        var url: String
        var model: String
    }

    private let breakers = Mutex<[Key: CircuitBreaker]>([:])

    package init() {}

    func admit(_ key: Key) -> CircuitBreaker.Admission {
        breakers.withLock { $0[key, default: CircuitBreaker()].admit(at: .now) }
    }

    func end(_ key: Key, _ admission: CircuitBreaker.Admission, _ outcome: CircuitBreaker.Outcome) {
        breakers.withLock { $0[key, default: CircuitBreaker()].end(admission, outcome, at: .now) }
    }
}
