// LocalParts: the real programs that tests run against, each a process of its own on a free port.

package import Foundation
import Synchronization

/// A program that a test started; it is killed when the last reference goes.
package final class LocalProcess: Sendable {
    private let process: Mutex<Process>
    package let processID: pid_t
    private let output: OutputCollector

    /// Starts the program and waits until its output has `readyLine`, or `port` accepts connections.
    package init(
        _ executable: String, _ arguments: [String], environment: [String: String] = [:], readyLine: String? = nil,
        port: Int? = nil, timeout: Duration = .seconds(30)
    ) async throws {
        let process = Process()
        process.executableURL = URL(filePath: executable)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        let output = OutputCollector()
        try process.run()
        // A thread that reads to the end: Foundation's handlers of readable pipes have crashed in libdispatch.
        let reading = pipe.fileHandleForReading
        Thread.detachNewThread {
            while case let data = reading.availableData, !data.isEmpty { output.append(data) }
            output.close()
        }
        processID = process.processIdentifier
        self.output = output
        self.process = Mutex(process)
        let deadline = ContinuousClock.now + timeout
        while true {
            if let readyLine, output.text.contains(readyLine) { return }
            if readyLine == nil, let port, Ports.accepts(port) { return }
            if readyLine == nil, port == nil { return }
            guard isRunning, ContinuousClock.now < deadline else {
                kill(SIGKILL)
                throw LocalPartFailure(description: "\(executable) did not start: \(output.text)")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    deinit {
        if isRunning { Foundation.kill(processID, SIGKILL) }
    }

    package var isRunning: Bool { process.withLock { $0.isRunning } }
    /// Everything that the program has written so far.
    package var text: String { output.text }

    package func kill(_ signal: Int32) { Foundation.kill(processID, signal) }

    /// Waits for the end and returns the exit code.
    package func wait(timeout: Duration = .seconds(30)) async throws -> Int32 {
        let deadline = ContinuousClock.now + timeout
        while isRunning {
            guard ContinuousClock.now < deadline else { throw LocalPartFailure(description: "the process does not end") }
            try await Task.sleep(for: .milliseconds(10))
        }
        // Its last words may still be on their way; a child that outlives it keeps them open.
        for _ in 0..<50 where !output.isClosed { try await Task.sleep(for: .milliseconds(10)) }
        return process.withLock { $0.terminationStatus }
    }

    /// Kills the program and waits until it is gone, so that its port is free.
    package func stop() async throws {
        kill(SIGKILL)
        _ = try await wait()
    }
}

package struct LocalPartFailure: Error, CustomStringConvertible {
    package var description: String

    package init(description: String) { self.description = description }
}

private final class OutputCollector: Sendable {
    private let bytes = Mutex<[UInt8]>([])

    private let closed = Mutex(false)

    var isClosed: Bool { closed.withLock { $0 } }
    func close() { closed.withLock { $0 = true } }
    func append(_ data: Data) { bytes.withLock { $0 += Array(data) } }
    var text: String { bytes.withLock { String(decoding: $0, as: UTF8.self) } }
}

package enum Ports {
    /// Below those that the system gives to outgoing connections, which could take one before its server does; each is
    /// given once.
    private static let next = Mutex(Int.random(in: 10_000..<30_000))

    /// A port that nobody listens on now.
    package static func free() -> Int {
        while true {
            let port = next.withLock { next -> Int in
                next = next + 1 < 32_000 ? next + 1 : 10_000
                return next
            }
            let socket = Foundation.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(socket) }
            var address = loopback(UInt16(port))
            let isFree = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0 }
            }
            if isFree { return port }
        }
    }

    package static func accepts(_ port: Int) -> Bool {
        let socket = Foundation.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = loopback(UInt16(port))
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }

    private static func loopback(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }
}
