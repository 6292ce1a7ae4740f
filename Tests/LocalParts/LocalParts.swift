package import Foundation

/// Where the programs are.
package enum LocalParts {
    /// The package's own folder.
    package static let root: String = {
        var url = URL(filePath: #filePath)
        for _ in 0..<3 { url.deleteLastPathComponent() }
        return url.path()
    }()

    /// A program of the Python environment that `Scripts/setup.sh` makes.
    package static func python(_ program: String) -> String { "\(root)/.venv/bin/\(program)" }

    /// A program of this package, built beside the running test.
    package static func product(_ name: String) -> String {
        let test = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        var folder = URL(filePath: test).deletingLastPathComponent()
        // The test may run inside a helper of the toolchain; then the argument names the bundle.
        if !FileManager.default.fileExists(atPath: folder.appending(path: name).path()) {
            let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? ""
            folder = URL(filePath: bundle).deletingLastPathComponent()
        }
        return folder.appending(path: name).path()
    }

    /// An empty folder of its own, which is there until the process ends.
    package static func temporaryFolder() throws -> String { try TemporaryFolders.make() }

    /// Runs a Python script with text on its standard input and returns its standard output.
    ///
    /// On a thread of its own: waiting for another process must not keep other tests from running.
    package static func runPython(_ script: String, _ arguments: [String] = [], input: Data = Data()) async throws -> Data {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(with: Result { try waitForPython(script, arguments, input: input) })
            }
        }
    }

    private static func waitForPython(_ script: String, _ arguments: [String], input: Data) throws -> Data {
        let process = Process()
        process.executableURL = URL(filePath: python("python"))
        process.arguments = ["-c", script] + arguments
        let (standardInput, standardOutput) = (Pipe(), Pipe())
        process.standardInput = standardInput
        process.standardOutput = standardOutput
        // Into a file: two pipes read one after the other could fill up.
        let complaints = URL(filePath: try temporaryFolder()).appending(path: "stderr")
        try Data().write(to: complaints)
        defer { try? FileManager.default.removeItem(at: complaints) }
        process.standardError = try FileHandle(forWritingTo: complaints)
        try process.run()
        let writer = Thread {
            // A script that ends early closes its input; what it wrote tells why.
            try? standardInput.fileHandleForWriting.write(contentsOf: input)
            try? standardInput.fileHandleForWriting.close()
        }
        writer.start()
        let output = standardOutput.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            let written = [output.suffix(4096), (try? Data(contentsOf: complaints))?.suffix(4096) ?? Data()]
            let said = written.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "\n")
            throw LocalPartFailure(description: "the Python script failed:\n\(said)")
        }
        return output
    }
}

/// A SecantusDB server: MongoDB's wire protocol over WiredTiger.
package struct DatabaseServer: Sendable {
    package let process: LocalProcess
    package let port: Int
    package let storage: Storage

    /// What a server keeps; it is removed with the last server that had it.
    package final class Storage: Sendable {
        let folder: String

        init() throws { folder = try LocalParts.temporaryFolder() }

        deinit { try? FileManager.default.removeItem(atPath: folder) }
    }

    /// Commits reach the disk before they are acknowledged, as MongoDB's do; without the option SecantusDB would lose the last
    /// second of them when it is killed.
    ///
    /// - Parameter storage: that of a server before, to open again; an empty one of its own when nil.
    package init(storage: Storage? = nil, port: Int? = nil, _ more: [String] = []) async throws {
        let port = port ?? Ports.free()
        let storage = try storage ?? Storage()
        (self.port, self.storage) = (port, storage)
        process = try await LocalProcess(
            LocalParts.python("secantusd-py"),
            ["--port", "\(port)", "--storage-path", storage.folder, "--enable-test-commands", "--sync-on-commit"] + more, port: port)
    }

    package var uri: String { "mongodb://127.0.0.1:\(port)" }
}

/// The project's own simulator of models.
package struct ModelServer: Sendable {
    package let process: LocalProcess
    package let port: Int

    package init(_ arguments: [String] = []) async throws {
        port = Ports.free()
        process = try await LocalProcess(
            LocalParts.product("modelsim"), ["--port", "\(port)"] + arguments, readyLine: "listening on")
    }

    package var baseURL: String { "http://127.0.0.1:\(port)/v1" }
    /// For `/_sim/requests` and `/_sim/faults`.
    package var controlURL: String { "http://127.0.0.1:\(port)/_sim" }
}
