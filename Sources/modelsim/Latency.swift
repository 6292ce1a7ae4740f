/// How long a call takes: a base, give or take a uniform jitter.
struct Latency: Sendable {
    var base: Duration = .zero
    var jitter: Duration = .zero

    /// One draw, never below zero.
    func draw() -> Duration {
        guard jitter > .zero else { return base }
        return max(.zero, base + jitter * Double.random(in: -1...1))
    }
}
