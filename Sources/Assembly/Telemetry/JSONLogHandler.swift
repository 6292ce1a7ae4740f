import Foundation
import JSON
import Knowledge
package import Logging
import Synchronization
import Telemetry

/// Log events as JSON lines on standard error.
package struct JSONLogHandler: LogHandler {
    package var metadata: Logger.Metadata = [:]
    package var logLevel: Logger.Level
    package var metadataProvider: Logger.MetadataProvider?
    private let label: String
    private static let output = Mutex(())

    package init(label: String, level: Logger.Level) {
        self.label = label
        logLevel = level
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var line: JSONObject = [
            "time": .string(Date.now.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))),
            "level": .string(event.level.rawValue), "logger": .string(label), "message": .string("\(event.message)"),
        ]
        let ambient = metadata.merging(metadataProvider?.get() ?? [:]) { $1 }
        for (key, value) in ambient.merging(event.metadata ?? [:], uniquingKeysWith: { $1 }).sorted(by: { $0.key < $1.key }) {
            line[key] = .string("\(value)")
        }
        var bytes = JSON.object(line).utf8Bytes
        bytes.append(UInt8(ascii: "\n"))
        Self.output.withLock { _ in FileHandle.standardError.write(Data(bytes)) }
    }
}

/// The process's log: readable on a terminal, JSON lines elsewhere.
package enum Logs {
    /// Whose request or operation it is, and in which trace.
    private static let ambient = Logger.MetadataProvider {
        let context = WorkContext.current
        var metadata: Logger.Metadata = [:]
        if let id = context.requestID { metadata["requestId"] = "\(id)" }
        if let id = context.operationID { metadata["operationId"] = "\(id)" }
        if let workspace = context.workspace { metadata["workspace"] = "\(workspace)" }
        if let stage = context.stage { metadata["stage"] = "\(stage)" }
        if let trace = TraceContext.current { metadata["traceId"] = "\(trace.traceID)" }
        return metadata
    }

    package static func make(level: Logger.Level) -> Logger {
        LoggingSystem.bootstrap(
            { label, provider in
                if isatty(STDERR_FILENO) == 1 {
                    var handler = StreamLogHandler.standardError(label: label, metadataProvider: provider)
                    handler.logLevel = level
                    return handler
                }
                var handler = JSONLogHandler(label: label, level: level)
                handler.metadataProvider = provider
                return handler
            }, metadataProvider: ambient)
        return Logger(label: "postwright")
    }
}
