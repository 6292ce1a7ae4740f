import Telemetry
import Testing

@Suite struct `The metrics` {
    @Test func `counters, gauges and histograms are written as Prometheus reads them`() {
        let metrics = Metrics()
        let calls = metrics.counter("calls_total", "Calls.", labels: ["model", "outcome"])
        calls.add(1, "m\"1\"", "ok")
        calls.add(2, "m\"1\"", "ok")
        metrics.gauge("depth", "Depth.").set(-1.5)
        let times = metrics.histogram("seconds", "Times.", buckets: [0.1, 1])
        times.observe(0.05)
        times.observe(0.5)
        times.observe(5)
        #expect(
            metrics.text == """
                # HELP calls_total Calls.
                # TYPE calls_total counter
                calls_total{model="m\\"1\\"",outcome="ok"} 3
                # HELP depth Depth.
                # TYPE depth gauge
                depth -1.5
                # HELP seconds Times.
                # TYPE seconds histogram
                seconds_bucket{le="0.1"} 1
                seconds_bucket{le="1"} 2
                seconds_bucket{le="+Inf"} 3
                seconds_sum 5.55
                seconds_count 3

                """)
    }

    @Test func `labels that clients choose cannot fill the memory`() {
        let metrics = Metrics()
        let routes = metrics.counter("routes_total", "Routes.", labels: ["route"])
        for number in 0..<5_000 { routes.add(1, "r\(number)") }
        let lines = metrics.text.split(separator: "\n").filter { !$0.hasPrefix("#") }
        #expect(lines.count <= 2_001)
        #expect(lines.contains { $0.hasPrefix("routes_total{route=\"other\"}") })
    }
}
