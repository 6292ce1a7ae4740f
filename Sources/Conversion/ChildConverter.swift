// Conversion: text out of PDF and DOCX, read in a child process, so that a hostile file can harm nothing but the child.

import Foundation
package import Knowledge
import Subprocess
import Synchronization
import SystemPackage

/// Converts in a child process of this program, which sets its own limits before it looks at the file.
package struct ChildConverter: DocumentConverter {
    /// What a child may use.
    enum Limits {
        /// Address space, in bytes.
        static let memory = 512 << 20
        static let processorSeconds = 5
        static let wallTime = Duration.seconds(20)
        /// How long a file waits until one of the children can be its own.
        static let patience = Duration.seconds(30)
        /// Characters that the text may have, in bytes of UTF-8.
        static let textBytes = 4 << 20
    }

    /// No secret of the service reaches the child. libmongoc, which comes with the program, makes its counters when it is
    /// loaded: in shared memory they would outlive a child that becomes `pdftotext` or is killed.
    private static let environment = Environment.custom(["PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "MONGOC_DISABLE_SHM": "1"])

    /// The name of the command that makes this program a child.
    package static let command = "convert"

    private let program: String
    private let children = FairLimit(2)

    package init() {
        // The program as it runs, though its file may have been replaced by a new version since.
        program = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
    }

    package func unavailability(of format: Document.Format) -> String? {
        guard format == .pdf, PDFTool.path == nil else { return nil }
        return "PDF needs pdftotext: install Debian's poppler-utils"
    }

    package func text(of bytes: [UInt8], format: Document.Format) async throws -> String {
        if let reason = unavailability(of: format) { throw ConversionError.unavailable(reason) }
        guard DescriptorReserve.isThere else {
            throw ConversionError.unavailable("a child process cannot be started now: descriptors, or /dev/null, are missing")
        }
        let turn = Turn()
        return try await withThrowingTaskGroup(of: String.self) { group in
            group.addTask { try await inTurn(turn, bytes, format) }
            group.addTask {
                try await Task.sleep(for: Limits.patience)
                // What has begun has its own time.
                if turn.hasCome { try await Task.sleep(for: Limits.wallTime * 2) }
                throw ConversionError.busy
            }
            // The first to end decides; leaving the group ends the other.
            defer { group.cancelAll() }
            return try await group.next() ?? ""
        }
    }

    private func inTurn(_ turn: Turn, _ bytes: [UInt8], _ format: Document.Format) async throws -> String {
        try await children.run {
            turn.come()
            return try await timed(bytes, format)
        }
    }

    private func timed(_ bytes: [UInt8], _ format: Document.Format) async throws -> String {
        try await withThrowingTaskGroup(of: String.self) { group in
            group.addTask { try await run(bytes, format) }
            group.addTask {
                try await Task.sleep(for: Limits.wallTime)
                throw ConversionError.unreadable("reading the document takes too long")
            }
            // Leaving the group ends the other task, and with it the child.
            defer { group.cancelAll() }
            return try await group.next() ?? ""
        }
    }

    private func run(_ bytes: [UInt8], _ format: Document.Format) async throws -> String {
        do {
            let result = try await Subprocess.run(
                .path(FilePath(program)), arguments: [Self.command, format.rawValue],
                environment: Self.environment, input: .array(bytes), output: .bytes(limit: Limits.textBytes),
                error: .discarded)
            let text = String(decoding: result.standardOutput, as: UTF8.self)
            switch result.terminationStatus {
            case .exited(0): return text
            case .exited(ConversionChild.refusal): throw ConversionError.unreadable(text)
            case .exited: throw ConversionError.unreadable("the file is damaged or protected by a password")
            default: throw ConversionError.unreadable("reading the file takes more memory or time than it may")
            }
        } catch let error as SubprocessError where error.code == .outputLimitExceeded {
            throw ConversionError.unreadable("the text has more than \(Limits.textBytes >> 20) MiB")
        } catch let error as SubprocessError where error.code == .failedToWriteToSubprocess {
            // The child left before it had read everything.
            throw ConversionError.unreadable("the file is damaged or protected by a password")
        }
    }
}

/// Whether a file has its child.
private final class Turn: Sendable {
    private let isHere = Mutex(false)

    var hasCome: Bool { isHere.withLock { $0 } }
    func come() { isHere.withLock { $0 = true } }
}

/// Whether a child can be started: where descriptors or `/dev/null` are missing, swift-subprocess would end this process half-way.
private enum DescriptorReserve {
    /// More than the pipes of the children that may start at once.
    private static let needed = 32

    static var isThere: Bool {
        var probes: [FileDescriptor] = []
        // Each was opened here, and nothing was written.
        defer { for probe in probes { try? probe.close() } }
        do {
            probes.append(try FileDescriptor.open("/dev/null", .readWrite))
            while probes.count < needed { probes.append(try probes[0].duplicate()) }
            return true
        } catch {
            return false
        }
    }
}
