import GraphQL
import Knowledge
import Operations

struct SubscriptionRoot: ObjectOutput {
    static let typeName = "Subscription"
    static var objectType: ObjectDefinition<Self> {
        ObjectDefinition(
            nil,
            .stream("operationUpdated", "An operation's states, from the present one to its end.", Argument<ID>("id")) {
                _, context, id in
                let graphQL = try context.graphQL(for: .read)
                let operation = try await graphQL.operation(id)
                let feed = OperationFeed(dependencies: graphQL.dependencies)
                return await feed.states(of: operation.id, workspace: graphQL.workspace).compactMap { news async throws in news.operation }
            },
            .stream(
                "postGenerated", "A plan's posts as they are finished, those that are there first; it ends with the plan.",
                Argument<ID>("planId")
            ) { _, context, id in
                let graphQL = try context.graphQL(for: .read)
                let planID = try graphQL.checked(id, of: "plan")
                guard let plan = try await graphQL.dependencies.plans.plan(planID, workspace: graphQL.workspace),
                    graphQL.principal.sees(plan.brand)
                else {
                    throw Problem.notFound("plan")
                }
                let states = await OperationFeed(dependencies: graphQL.dependencies).states(
                    of: plan.operationID, workspace: graphQL.workspace)
                return FinishedPosts(states: states, posts: graphQL.dependencies.posts, workspace: graphQL.workspace)
            })
    }
}

/// The posts of an operation, each once, in the order in which they are finished. Pulled by its consumer: a slow one misses
/// states of the operation, but no post.
private struct FinishedPosts: AsyncSequence, Sendable {
    typealias Element = Post
    typealias Failure = any Error

    let states: AsyncStream<OperationNews>
    let posts: any PostStore
    let workspace: String

    struct Iterator: AsyncIteratorProtocol {
        var states: AsyncStream<OperationNews>.Iterator
        let posts: any PostStore
        let workspace: String
        var seen: Set<String> = []
        var pending: [String] = []

        mutating func next() async throws -> Post? { try await next(isolation: #isolation) }

        mutating func next(isolation actor: isolated (any Actor)?) async throws(any Error) -> Post? {
            while true {
                while !pending.isEmpty {
                    if let post = try await posts.post(pending.removeFirst(), workspace: workspace) { return post }
                }
                guard let news = await states.next(isolation: actor) else { return nil }
                for item in news.operation?.items ?? [] where item.kind == .post && item.state == .succeeded {
                    if let id = item.resultID, seen.insert(id).inserted { pending.append(id) }
                }
            }
        }
    }

    func makeAsyncIterator() -> Iterator {
        Iterator(states: states.makeAsyncIterator(), posts: posts, workspace: workspace)
    }
}
