import Mongo
import Telemetry

/// Counts the calls to the database.
struct DatabaseWatch: Sendable {
    private let calls: Counter
    private let durations: Histogram

    init(metrics: Metrics) {
        calls = metrics.counter("postwright_database_calls_total", "Calls to the database by outcome.", labels: ["outcome"])
        durations = metrics.histogram("postwright_database_call_duration_seconds", "Time of calls to the database, with waiting.")
    }

    func note(_ duration: Duration, _ failure: MongoError.Kind?) {
        calls.add(1, failure.map { "\($0)" } ?? "ok")
        durations.observe(duration)
    }
}
