import Knowledge

/// Why a command cannot do what it was asked for, in a sentence for whoever started it.
package struct StartError: Error, Sendable, CustomStringConvertible {
    /// What the exit code tells (those above 1 are of `sysexits.h`).
    package enum Reason: Int32, Sendable {
        /// The work failed, or found nothing.
        case failed = 1
        case arguments = 64
        case dependency = 69
        case settings = 78
    }

    package let reason: Reason
    package let description: String

    init(_ reason: Reason, _ description: String) {
        self.reason = reason
        self.description = description
    }

    /// Any error of a command.
    package init(_ error: any Error) {
        switch error {
        case let error as StartError: self = error
        case let error as SettingsError: self.init(.settings, error.description)
        case StoreError.unavailable: self.init(.dependency, "The database does not answer; check MONGODB_URI, or start it.")
        case let error as StoreError: self.init(.failed, "The database refused (\(error)).")
        case let error as ModelError: self.init(error.isOfItsAPI ? .dependency : .failed, error.sentence)
        default: self.init(.failed, String(describing: error))
        }
    }
}

extension ModelError {
    /// Whether the model's API is to be looked at, not what it was asked.
    fileprivate var isOfItsAPI: Bool { ![.invalidOutput, .truncated, .refused].contains(kind) }

    fileprivate var sentence: String { "A model's API failed: \(self)\(detail.isEmpty ? "" : ": \(detail)")" }
}
