import Synchronization

/// The generic cell rate algorithm: a request every interval, and some at once after a pause.
///
/// Source: ATM Forum, "Traffic Management Specification 4.1", section 4.4.2 (virtual scheduling).
struct CellRate: Sendable, Hashable {
    /// Between two requests of a steady client.
    let interval: Duration
    /// How much earlier than that a request may come.
    let tolerance: Duration

    /// - Parameters:
    ///   - perMinute: requests of a steady client.
    ///   - burst: requests at once, at least 1.
    init(perMinute: Int, burst: Int) {
        interval = .seconds(60) / perMinute
        tolerance = interval * (max(1, burst) - 1)
    }

    struct Decision: Sendable, Hashable {
        /// When the next one of a steady client is expected: what is kept of a client.
        var arrival: Duration
        var isAllowed: Bool
        /// Requests that may follow at once.
        var remaining: Int
        /// Until one may come again, when none may now.
        var retryAfter: Duration
    }

    /// - Parameter arrival: of the client's last decision; its times begin anywhere.
    func decide(arrival: Duration, now: Duration) -> Decision {
        let expected = max(arrival, now)
        let early = expected - now
        guard early <= tolerance else {
            return Decision(arrival: arrival, isAllowed: false, remaining: 0, retryAfter: early - tolerance)
        }
        let next = expected + interval
        let remaining = Int(((tolerance - (next - now)) / interval).rounded(.down)) + 1
        return Decision(arrival: next, isAllowed: true, remaining: max(0, remaining), retryAfter: .zero)
    }
}

/// Bounds the requests of each key, and those of a workspace's keys together, within this process.
package final class RateLimiter: Sendable {
    /// A workspace's keys together may ask so many times more than one of them.
    static let workspaceFactor = 4
    private static let capacity = 20_000

    private let key: CellRate
    private let workspace: CellRate
    /// For the headers.
    let perMinute: Int
    private let arrivals = Mutex<[String: Duration]>([:])
    private let start = ContinuousClock.now

    /// - Parameter perMinute: above 0.
    package init(perMinute: Int, burst: Int) {
        self.perMinute = perMinute
        key = CellRate(perMinute: perMinute, burst: burst)
        workspace = CellRate(perMinute: perMinute * Self.workspaceFactor, burst: burst * Self.workspaceFactor)
    }

    /// Counts a request of the principal's.
    func admit(_ principal: Principal) -> CellRate.Decision {
        let now = start.duration(to: .now)
        let places = (own: "k/\(principal.keyID ?? "")", all: "w/\(principal.workspace)")
        return arrivals.withLock { arrivals in
            let own = key.decide(arrival: arrivals[places.own] ?? .zero, now: now)
            guard own.isAllowed else { return own }
            let all = workspace.decide(arrival: arrivals[places.all] ?? .zero, now: now)
            guard all.isAllowed else { return all }
            if arrivals.count >= Self.capacity { arrivals = arrivals.filter { $0.value > now } }
            arrivals[places.own] = own.arrival
            arrivals[places.all] = all.arrival
            return own.remaining < all.remaining ? own : all
        }
    }
}
