import Knowledge
import Operations

/// An operation's states from the stored one to the last, whichever process works on it.
struct OperationFeed: Sendable {
    let dependencies: APIDependencies

    /// How often the store is asked for what another process did.
    private static let poll = Duration.seconds(1)

    /// Calls `receive` with each newer state, ending after a terminal one; nothing happens when there is no such
    /// operation. Slow receivers miss states between, never the last.
    ///
    /// - Parameter idle: called when there was nothing new for a second.
    func follow(
        _ id: String, workspace: String, after version: Int = 0, idle: () async throws -> Void = {},
        receive: (Operation) async throws -> Void
    ) async throws {
        // Watching begins before the stored state is read, so that nothing falls between the two.
        let changes = await dependencies.hub.changes(of: id)
        let (merged, continuation) = AsyncStream.makeStream(of: Operation?.self, bufferingPolicy: .bufferingNewest(4))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { for await operation in changes { continuation.yield(operation) } }
            group.addTask {
                while !Task.isCancelled {
                    // While the store is away the states of this process still come.
                    continuation.yield(try? await dependencies.operations.operation(id, workspace: workspace))
                    try await Task.sleep(for: Self.poll)
                }
            }
            defer { group.cancelAll() }
            var last = version
            for await operation in merged {
                guard let operation, operation.version > last else {
                    try await idle()
                    if operation?.state.isTerminal == true { return }
                    continue
                }
                last = operation.version
                try await receive(operation)
                if operation.state.isTerminal { return }
            }
        }
    }
}
