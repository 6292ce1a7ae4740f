import HTTPTypes
import Hummingbird
import Synchronization

/// Bounds what the bodies of all requests together take of the process's memory, and what those of one workspace take.
package final class BodyMemory: Sendable {
    /// Bodies of fewer bytes are not counted: connections are bounded.
    private static let small = 16 << 10

    private struct State {
        var taken = 0
        var workspaces: [String: Int] = [:]
    }

    private let limit: Int
    private let state = Mutex(State())

    /// - Parameter limit: in bytes, as they come over the wire, half of it for one workspace; a body is copied some times
    ///   while it is read.
    package init(limit: Int = 256 << 20) { self.limit = limit }

    /// What one request's body has taken; it is given back with the share.
    final class Share: Sendable {
        /// That of the request whose body is read in this task; nil where it is small.
        @TaskLocal static var current: Share?

        private let memory: BodyMemory
        private let workspace: String
        private let bytes = Mutex(0)

        fileprivate init(_ memory: BodyMemory, _ workspace: String) { (self.memory, self.workspace) = (memory, workspace) }

        deinit { giveBack() }

        /// - Throws: `Problem` 503 when the bodies of all requests, or of the workspace's, have too much.
        func take(_ count: Int) throws(Problem) {
            guard memory.take(count, workspace) else {
                var problem = Problem(.unavailable, "many large requests are being read; come again in a second")
                problem.headers = [(.retryAfter, "1"), (.connection, "close")]
                throw problem
            }
            bytes.withLock { $0 += count }
        }

        /// A request whose body was read, and that only waits, needs none of it.
        func giveBack() {
            let bytes = bytes.withLock { bytes in
                defer { bytes = 0 }
                return bytes
            }
            memory.give(back: bytes, workspace)
        }
    }

    /// Nil for a request whose body is small.
    ///
    /// - Parameter length: of the body; nil where it is not known before.
    func share(ofBodyWith length: Int?, for workspace: String) -> Share? {
        length.map { $0 <= Self.small } ?? false ? nil : Share(self, workspace)
    }

    private func take(_ count: Int, _ workspace: String) -> Bool {
        state.withLock { state in
            let own = state.workspaces[workspace] ?? 0
            guard state.taken + count <= limit, own + count <= limit / 2 else { return false }
            state.taken += count
            state.workspaces[workspace] = own + count
            return true
        }
    }

    private func give(back count: Int, _ workspace: String) {
        guard count > 0 else { return }
        state.withLock { state in
            state.taken -= count
            let own = (state.workspaces[workspace] ?? 0) - count
            state.workspaces[workspace] = own > 0 ? own : nil
        }
    }
}
