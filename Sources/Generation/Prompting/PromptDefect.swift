/// What is wrong with a prompt file, and where.
package struct PromptDefect: Error, Sendable, Hashable, CustomStringConvertible {
    /// The file's path, or its name when it is one of the binary's own.
    package var file: String
    /// From 1.
    package var line: Int
    package var detail: String

    package var description: String { "\(file):\(line): \(detail)" }
}

/// Everything that is wrong with a folder of prompts.
package struct PromptDefects: Error, Sendable, Hashable, CustomStringConvertible {
    package var defects: [PromptDefect]

    package var description: String { defects.map(\.description).joined(separator: "\n") }
}
