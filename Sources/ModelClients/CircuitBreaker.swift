import Synchronization

/// Keeps calls from an API that fails (M. Nygard, "Release It!", chapter 5), as a pure state machine.
///
/// It opens when at least half of at least 10 calls failed within 10 s (in steps of half a second), lets nothing through for 30 s, and then
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
    private var outcomes = OutcomeWindow()

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
            outcomes = OutcomeWindow()
        case (.probe, .failed): state = .open(until: now + Self.cooldown)
        case (.probe, .abandoned): state = .open(until: now)
        case (.call, .abandoned): break
        case (.call, _):
            // What was sent before the breaker opened says nothing new about the API.
            guard case .closed = state else { break }
            outcomes.count(failed: outcome == .failed, at: now)
            if outcomes.calls >= Self.minimumCalls, outcomes.failures * 2 >= outcomes.calls {
                state = .open(until: now + Self.cooldown)
                outcomes = OutcomeWindow()
            }
        }
    }
}

/// How many calls ended lately, and how many of them failed: counted by slots of time, so that a call costs the same however
/// many there are.
private struct OutcomeWindow: Sendable {
    private static let slotLength = Duration.milliseconds(500)

    private var slots: [(end: CircuitBreaker.Instant, calls: Int, failures: Int)] = []
    private(set) var calls = 0
    private(set) var failures = 0

    mutating func count(failed: Bool, at now: CircuitBreaker.Instant) {
        while let oldest = slots.first, oldest.end <= now - CircuitBreaker.window {
            calls -= oldest.calls
            failures -= oldest.failures
            slots.removeFirst()
        }
        if slots.last.map({ $0.end <= now }) ?? true { slots.append((now + Self.slotLength, 0, 0)) }
        let failure = failed ? 1 : 0
        slots[slots.count - 1].calls += 1
        slots[slots.count - 1].failures += failure
        calls += 1
        failures += failure
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
