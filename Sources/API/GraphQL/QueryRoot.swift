import GraphQL
import JSON
import Knowledge

struct QueryRoot: ObjectOutput {
    static let typeName = "Query"
    static var objectType: ObjectDefinition<Self> {
        ObjectDefinition(
            nil,
            Field("brands", "The workspace's brands.", size: .argument("first"), Paging.first, Paging.after) { _, context, first, after in
                let graphQL = try context.graphQL
                return Connection(
                    page: try await graphQL.dependencies.brands.brands(
                        workspace: graphQL.workspace, try Paging.request(first, after)))
            }.nullable(),
            Field("brand", nil, Argument<ID>("id")) { _, context, id -> Brand? in
                let graphQL = try context.graphQL
                return try await graphQL.dependencies.brands.brand(try graphQL.key(id))
            },
            Field("search", "A brand's best passages for a question.", Argument<ID>("brandId"), Argument<SearchInput>("input")) {
                _, context, id, input in
                let graphQL = try context.graphQL
                return try await input.passages(of: try graphQL.key(id), graphQL)
            }.weighing(500).nullable(),
            Field("plan", nil, Argument<ID>("id")) { _, context, id -> Plan? in
                let graphQL = try context.graphQL
                return try await graphQL.dependencies.plans.plan(try graphQL.checked(id, of: "plan"), workspace: graphQL.workspace)
            },
            Field("post", nil, Argument<ID>("id")) { _, context, id -> Post? in
                let graphQL = try context.graphQL
                return try await graphQL.dependencies.posts.post(try graphQL.checked(id, of: "post"), workspace: graphQL.workspace)
            },
            Field("operations", "Newest first.", size: .argument("first"), Paging.first, Paging.after) { _, context, first, after in
                let graphQL = try context.graphQL
                return Connection(
                    page: try await graphQL.dependencies.operations.operations(
                        workspace: graphQL.workspace, try Paging.request(first, after)))
            }.nullable(),
            Field("operation", nil, Argument<ID>("id")) { _, context, id -> Operation? in
                let graphQL = try context.graphQL
                return try await graphQL.dependencies.operations.operation(
                    try graphQL.checked(id, of: "operation"), workspace: graphQL.workspace)
            },
            Field("media", nil, Argument<ID>("id")) { _, context, id -> Media? in
                let graphQL = try context.graphQL
                return try await graphQL.dependencies.media.description(
                    try graphQL.checked(id, of: "picture"), workspace: graphQL.workspace)
            },
            Field("capabilities", "What this deployment can do: platforms, formats, models, limits.") { _, context -> JSON in
                await ServiceRoutes(dependencies: try context.graphQL.dependencies).capabilities
            }.nullable())
    }
}
