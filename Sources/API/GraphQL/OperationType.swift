package import GraphQL
package import Knowledge

extension Operation: Listed {
    package static let typeName = "Operation"
    package static var objectType: ObjectDefinition<Operation> {
        ObjectDefinition(
            "A durable piece of asynchronous work.",
            Field("id", \.nodeID), Field("kind", \.kind), Field("state", \.state), Field("version", "Grows with every change.", \.version),
            Field("stage", \.stage), Field("progress", \.progress), Field("items", \.items, size: .fixed(100)), Field("error", \.error),
            Field("usage", \.usage), Field("createdAt", \.createdAt), Field("updatedAt", \.updatedAt),
            .batch("brand") { operations, context in try await context.graphQL.brands(operations.map(\.brand)) },
            .batch("result", "What it makes, or has made so far.") { operations, context in
                try await made(operations, try context.graphQL)
            })
    }

    var cursor: String { id }
    var nodeID: ID { ID(id) }

    /// With one question to the store for each kind of result, and for documents for each brand.
    private static func made(
        _ operations: [Operation], _ context: GraphQLContext
    ) async throws -> [Swift.Result<OperationResult?, any Error>] {
        let dependencies = context.dependencies
        func ids(_ type: Operation.Result.Kind) -> [String] {
            Set(operations.filter { $0.result.type == type }.map(\.result.id)).sorted()
        }
        var found: [String: OperationResult] = [:]
        let (planIDs, postIDs) = (ids(.plan), ids(.post))
        if !planIDs.isEmpty {
            for plan in try await dependencies.plans.plans(planIDs, workspace: context.workspace) { found["plan/\(plan.id)"] = .plan(plan) }
        }
        if !postIDs.isEmpty {
            for post in try await dependencies.posts.posts(postIDs, workspace: context.workspace) { found["post/\(post.id)"] = .post(post) }
        }
        for (brand, own) in Dictionary(grouping: operations.filter { $0.result.type == .document }, by: \.brand) {
            for document in try await dependencies.documents.documents(Set(own.map(\.result.id)).sorted(), brand: brand) {
                found["document/\(brand.brand)/\(document.id)"] = .document(document)
            }
        }
        return operations.map { operation in
            let place = operation.result.type == .document ? "\(operation.brand.brand)/\(operation.result.id)" : operation.result.id
            return .success(found["\(operation.result.type.rawValue)/\(place)"])
        }
    }
}

enum OperationResult: UnionOutput {
    case document(Knowledge.Document)
    case plan(Plan)
    case post(Post)

    static let typeName = "OperationResult"
    static let typeDescription: String? = "What an operation makes."
    static let members: [any ObjectOutput.Type] = [Knowledge.Document.self, Plan.self, Post.self]

    var member: any ObjectOutput {
        switch self {
        case .document(let document): document
        case .plan(let plan): plan
        case .post(let post): post
        }
    }
}

extension Operation.Progress: ObjectOutput {
    package static let typeName = "Progress"
    package static var objectType: ObjectDefinition<Operation.Progress> {
        ObjectDefinition("How much of a stage is done.", Field("done", \.done), Field("total", \.total))
    }
}

extension Operation.Item: ObjectOutput {
    package static let typeName = "OperationItem"
    package static var objectType: ObjectDefinition<Operation.Item> {
        ObjectDefinition(
            "A part of the work whose outcome is told apart.",
            Field("id", \.nodeID), Field("kind", \.kind), Field("state", \.state), Field("resultId", \.resultNodeID),
            Field("error", \.error))
    }

    var nodeID: ID { ID(id) }
    var resultNodeID: ID? { resultID.map { ID($0) } }
}

extension Operation.Failure: ObjectOutput {
    package static let typeName = "Failure"
    package static var objectType: ObjectDefinition<Operation.Failure> {
        ObjectDefinition("A named failure.", Field("code", \.code), Field("detail", \.detail))
    }
}

extension Media: ObjectOutput {
    package static let typeName = "Media"
    package static var objectType: ObjectDefinition<Media> {
        ObjectDefinition(
            "A picture.",
            Field("id", \.nodeID), Field("mediaType", \.mediaType), Field("bytes", \.byteCount),
            Field("path", "Where its bytes are.", \.path))
    }

    var nodeID: ID { ID(id) }
    var path: String { "/v1/media/\(id)" }
}
