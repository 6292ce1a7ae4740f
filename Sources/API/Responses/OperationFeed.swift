import Knowledge
package import Operations

/// An operation's states from the stored one to the last, whichever process works on it.
package struct OperationFeed: Sendable {
    private let dependencies: APIDependencies

    package init(dependencies: APIDependencies) { self.dependencies = dependencies }

    /// Each state newer than `version`, ending after a terminal one, or when the process shuts down, and a sign of life
    /// every quarter of a minute. A slow reader misses states between, never the last.
    package func states(of id: String, workspace: String, after version: Int = 0) async -> AsyncStream<OperationNews> {
        // While the store is away the states of this process still come, and the poll's as soon as it is back.
        await dependencies.hub.changes(of: id, workspace: workspace, after: version) {
            try? await dependencies.operations.operation(id, workspace: workspace)
        }
    }
}
