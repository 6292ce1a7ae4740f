import Hummingbird
import Knowledge
import Operations

/// `Prefer: wait`: holds a request until its operation ends, if that is soon.
struct Waiting: Sendable {
    let dependencies: APIDependencies

    /// The operation at its end, or nil when the request does not wait or the time is over.
    func outcome(of operation: Operation, _ request: Request) async throws -> Operation? {
        guard let seconds = request.preferredWait else { return nil }
        return try await withThrowingTaskGroup(of: Operation?.self) { group in
            group.addTask {
                var last: Operation?
                let feed = OperationFeed(dependencies: dependencies)
                for await case .state(let state) in await feed.states(of: operation.id, workspace: operation.brand.workspace) {
                    last = state
                }
                return last
            }
            group.addTask {
                try await Task.sleep(for: .seconds(seconds))
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
    }
}
