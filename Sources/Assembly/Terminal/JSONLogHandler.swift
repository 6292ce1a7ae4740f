import Foundation
import JSON
package import Logging
import Synchronization

/// Log events as JSON lines on standard error.
package struct JSONLogHandler: LogHandler {
    package var metadata: Logger.Metadata = [:]
    package var logLevel: Logger.Level
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
        for (key, value) in metadata.merging(event.metadata ?? [:], uniquingKeysWith: { $1 }).sorted(by: { $0.key < $1.key }) {
            line[key] = .string("\(value)")
        }
        var bytes = JSON.object(line).utf8Bytes
        bytes.append(UInt8(ascii: "\n"))
        Self.output.withLock { _ in FileHandle.standardError.write(Data(bytes)) }
    }
}

/// The process's log: readable on a terminal, JSON lines elsewhere.
package enum Logs {
    package static func make(level: Logger.Level) -> Logger {
        LoggingSystem.bootstrap { label in
            if isatty(STDERR_FILENO) == 1 {
                var handler = StreamLogHandler.standardError(label: label)
                handler.logLevel = level
                return handler
            }
            return JSONLogHandler(label: label, level: level)
        }
        return Logger(label: "postwright")
    }
}
