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
            Field("result", "What it makes, or has made so far.") { operation, context in try await operation.made(try context.graphQL) })
    }

    var cursor: String { id }
    var nodeID: ID { ID(id) }

    private func made(_ context: GraphQLContext) async throws -> OperationResult? {
        let dependencies = context.dependencies
        switch result.type {
        case .document: return try await dependencies.documents.document(result.id, brand: brand).map(OperationResult.document)
        case .plan: return try await dependencies.plans.plan(result.id, workspace: brand.workspace).map(OperationResult.plan)
        case .post: return try await dependencies.posts.post(result.id, workspace: brand.workspace).map(OperationResult.post)
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
