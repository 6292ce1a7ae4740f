package import Connectors
import Foundation
import Synchronization

/// The prompts as they are now: a folder's files are read again when they change, without a restart.
///
/// A change that cannot be used is told once and leaves the prompts as they were.
package final class PromptSource: Sendable {
    private struct State {
        var library: PromptLibrary
        var signature: [String]
        var checkedAt: ContinuousClock.Instant
    }

    private let connectors: ConnectorRegistry
    private let folder: String?
    private let report: @Sendable (PromptDefects?) -> Void
    private let state: Mutex<State>
    /// How often the folder is looked at, at most.
    private static let interval = Duration.milliseconds(500)

    /// - Parameter report: is told of the defects of a change, and with nil that a change was taken.
    /// - Throws: `PromptDefects`.
    package init(
        connectors: ConnectorRegistry, folder: String?, report: @escaping @Sendable (PromptDefects?) -> Void = { _ in }
    ) throws {
        self.connectors = connectors
        self.folder = folder
        self.report = report
        // The signature first: a change while the files are read shows at the next look.
        let signature = Self.signature(folder)
        let library = try PromptLibrary(connectors: connectors, folder: folder)
        state = Mutex(State(library: library, signature: signature, checkedAt: .now))
    }

    package var current: PromptLibrary {
        guard let folder else { return state.withLock { $0.library } }
        return state.withLock { state in
            guard state.checkedAt + Self.interval <= .now else { return state.library }
            state.checkedAt = .now
            let signature = Self.signature(folder)
            guard signature != state.signature else { return state.library }
            state.signature = signature
            do {
                state.library = try PromptLibrary(connectors: connectors, folder: folder)
                report(nil)
            } catch let defects as PromptDefects {
                report(defects)
            } catch {
                report(PromptDefects(defects: [PromptDefect(file: folder, line: 1, detail: "\(error)")]))
            }
            return state.library
        }
    }

    /// Names, sizes and times of change: what differs when a file was written anew.
    private static func signature(_ folder: String?) -> [String] {
        guard let folder, let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else { return [] }
        return names.sorted().compactMap { name in
            guard let attributes = try? FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)") else { return nil }
            let time = (attributes[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
            return "\(name) \(attributes[.size] as? Int ?? 0) \(time) \(attributes[.systemFileNumber] as? Int ?? 0)"
        }
    }
}
