import Conversion

/// What this program does as the child that reads an untrusted file.
package enum ConversionCommand {
    package static let name = ChildConverter.command

    /// Never returns: the text, or why there is none, is on standard output, and the exit code tells which.
    package static func run(_ format: String) -> Never { ConversionChild.run(format) }
}
