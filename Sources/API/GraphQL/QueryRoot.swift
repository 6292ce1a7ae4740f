import GraphQL
import JSON
import Knowledge

struct QueryRoot: ObjectOutput {
    static let typeName = "Query"
    static var objectType: ObjectDefinition<Self> {
        ObjectDefinition(
            nil,
            Field("brands", "The workspace's brands.", size: .argument("first"), Paging.first, Paging.after) { _, context, first, after in
                let graphQL = try context.graphQL(for: .read)
                return Connection(
                    page: try await graphQL.dependencies.brands.brands(
                        workspace: graphQL.workspace, among: graphQL.principal.brands, try Paging.request(first, after)))
            }.nullable(),
            Field("brand", nil, Argument<ID>("id")) { _, context, id -> Brand? in
                let graphQL = try context.graphQL(for: .read)
                guard let key = try? graphQL.key(id) else { return nil }
                return try await graphQL.dependencies.brands.brand(key)
            },
            Field("search", "A brand's best passages for a question.", Argument<ID>("brandId"), Argument<SearchInput>("input")) {
                _, context, id, input in
                let graphQL = try context.graphQL(for: .read)
                return try await input.passages(of: try graphQL.key(id), graphQL)
            }.weighing(500).nullable(),
            Field("plan", nil, Argument<ID>("id")) { _, context, id -> Plan? in
                let graphQL = try context.graphQL(for: .read)
                return try await graphQL.dependencies.plans.plan(try graphQL.checked(id, of: "plan"), workspace: graphQL.workspace)
                    .flatMap { graphQL.principal.sees($0.brand) ? $0 : nil }
            },
            Field("post", nil, Argument<ID>("id")) { _, context, id -> Post? in
                let graphQL = try context.graphQL(for: .read)
                return try await graphQL.dependencies.posts.post(try graphQL.checked(id, of: "post"), workspace: graphQL.workspace)
                    .flatMap { graphQL.principal.sees($0.brand) ? $0 : nil }
            },
            Field("operations", "Newest first.", size: .argument("first"), Paging.first, Paging.after) { _, context, first, after in
                let graphQL = try context.graphQL(for: .read)
                return Connection(
                    page: try await graphQL.dependencies.operations.operations(
                        workspace: graphQL.workspace, OperationFilter(brands: graphQL.principal.brands), try Paging.request(first, after)))
            }.nullable(),
            Field("operation", nil, Argument<ID>("id")) { _, context, id -> Operation? in
                let graphQL = try context.graphQL(for: .read)
                return try await graphQL.dependencies.operations.operation(
                    try graphQL.checked(id, of: "operation"), workspace: graphQL.workspace
                )
                .flatMap { graphQL.principal.sees($0.brand) ? $0 : nil }
            },
            Field("media", nil, Argument<ID>("id")) { _, context, id -> Media? in
                let graphQL = try context.graphQL(for: .read)
                return try await graphQL.dependencies.media.description(
                    try graphQL.checked(id, of: "picture"), workspace: graphQL.workspace
                )
                .flatMap { graphQL.principal.sees($0.brand) ? $0 : nil }
            },
            Field("capabilities", "What this deployment can do: platforms, formats, models, limits.") { _, context -> JSON in
                await ServiceRoutes(dependencies: try context.graphQL(for: .read).dependencies).capabilities
            }.nullable())
    }
}
