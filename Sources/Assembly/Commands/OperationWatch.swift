import API
import Knowledge
import MongoStore
import Operations
import ServiceLifecycle

extension Services {
    /// Runs `body` with a dispatcher beside it, so that a command works whether or not a service is running.
    func withRunner<Answer: Sendable>(_ body: @escaping @Sendable () async throws -> Answer) async throws -> Answer {
        try await prepareStores()
        return try await withThrowingTaskGroup(of: Answer?.self) { group in
            let services = ServiceGroup(
                configuration: .init(
                    services: [.init(service: runner), .init(service: OperationPoll(store: stores, hub: hub))], logger: logger))
            group.addTask {
                try await services.run()
                return nil
            }
            group.addTask { try await body() }
            defer { group.cancelAll() }
            while let finished = try await group.next() {
                if let answer = finished {
                    await services.triggerGracefulShutdown()
                    return answer
                }
            }
            throw CancellationError()
        }
    }

    /// Waits until the operation ends, whichever process does it.
    func watch(_ operation: Operation, _ report: (Operation) -> Void) async -> Operation {
        runner.wake(for: operation)
        var last = operation
        let feed = OperationFeed(dependencies: api())
        for await case .state(let state) in await feed.states(of: operation.id, workspace: operation.brand.workspace) {
            last = state
            report(state)
        }
        return last
    }
}
