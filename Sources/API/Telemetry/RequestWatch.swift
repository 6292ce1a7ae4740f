package import Telemetry

/// The figures of the requests.
package struct RequestWatch: Sendable {
    private let requests: Counter
    private let durations: Histogram
    private let inFlight: Gauge
    private let problems: Counter

    package init(metrics: Metrics) {
        requests = metrics.counter(
            "postwright_http_requests_total", "Requests by route and status.", labels: ["method", "route", "status"])
        durations = metrics.histogram(
            "postwright_http_request_duration_seconds", "Time to the head of the answer.", labels: ["method", "route"])
        inFlight = metrics.gauge("postwright_http_requests_in_flight", "Requests and streams that are not at their end.")
        problems = metrics.counter("postwright_http_problems_total", "Answers that are no success, by their code.", labels: ["code"])
    }

    func began() { inFlight.add(1) }
    func ended() { inFlight.add(-1) }

    /// Something in an answer that is a success as a whole, as GraphQL's are.
    func note(_ code: Problem.Code) { problems.add(1, code.rawValue) }

    func note(_ method: String, _ route: String, _ status: Int, _ code: Problem.Code?, _ duration: Duration) {
        requests.add(1, method, route, "\(status)")
        durations.observe(duration, method, route)
        if let code { problems.add(1, code.rawValue) }
    }
}
