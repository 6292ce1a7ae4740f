import Foundation

/// The folders of a test process stand in one of its own, which is removed when the process ends.
enum TemporaryFolders {
    private static let prefix = "postwright-tests-"

    private static let parent: String = {
        removeAbandoned()
        let path = FileManager.default.temporaryDirectory.path() + "\(prefix)\(getpid())"
        atexit { try? FileManager.default.removeItem(atPath: TemporaryFolders.parent) }
        return path
    }()

    static func make() throws -> String {
        let path = "\(parent)/\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    /// Removes the folders of test processes that were killed.
    private static func removeAbandoned() {
        let folder = FileManager.default.temporaryDirectory.path()
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] where name.hasPrefix(prefix) {
            guard let process = pid_t(name.dropFirst(prefix.count)), kill(process, 0) == -1, errno == ESRCH else { continue }
            try? FileManager.default.removeItem(atPath: folder + name)
        }
    }
}
