import Foundation
import Telemetry

/// The process as the kernel sees it, under the names that Prometheus's client libraries use.
///
/// Source: proc(5); Prometheus documentation, "Writing client libraries", section "Process metrics".
struct ProcessMetrics: Sendable {
    private let memory, descriptors, threads: Gauge
    private let processor: Counter
    private static let ticksPerSecond = Double(sysconf(Int32(_SC_CLK_TCK)))

    init(_ metrics: Metrics) {
        memory = metrics.gauge("process_resident_memory_bytes", "Resident memory.")
        processor = metrics.counter("process_cpu_seconds_total", "Processor time, in user and system mode.")
        descriptors = metrics.gauge("process_open_fds", "Open file descriptors.")
        threads = metrics.gauge("process_threads", "Threads.")
        metrics.gauge("process_start_time_seconds", "When the process began, in seconds since 1970.").set(Date.now.timeIntervalSince1970)
    }

    func read() {
        // Where there is no /proc the figures stay zero.
        if let text = try? String(contentsOfFile: "/proc/self/stat", encoding: .utf8), let end = text.lastIndex(of: ")") {
            let fields = text[text.index(after: end)...].split(separator: " ")
            if fields.count > 21, let user = Double(fields[11]), let system = Double(fields[12]), let pages = Double(fields[21]) {
                processor.catchUp((user + system) / Self.ticksPerSecond)
                threads.set(Double(fields[17]) ?? 0)
                memory.set(pages * Double(sysconf(Int32(_SC_PAGESIZE))))
            }
        }
        if let open = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd") { descriptors.set(Double(open.count)) }
    }
}
