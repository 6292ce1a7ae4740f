import GraphQL
import Ingestion
import JSON
import Knowledge
import Operations

struct MutationRoot: ObjectOutput {
    private static let key = Argument<String?>(
        "idempotencyKey",
        "Sent again with the same arguments it makes nothing new: the operation of the first time is given; kept for 24 hours.")

    static let typeName = "Mutation"
    static var objectType: ObjectDefinition<Self> {
        ObjectDefinition(
            nil,
            Field("putBrand", "Creates or replaces a brand.", Argument<ID>("id"), Argument<BrandInput>("input")) { _, context, id, input in
                let graphQL = try context.graphQL(for: .write)
                if Slug.isValidBrandID(id.text) { _ = try graphQL.key(id) }
                return try await graphQL.dependencies.putBrand(id.text, input.json, workspace: graphQL.workspace).brand
            }.nullable(),
            Field("deleteBrand", "Deletes a brand with all that it owns, and gives its id.", Argument<ID>("id")) { _, context, id in
                let graphQL = try context.graphQL(for: .write)
                try await graphQL.dependencies.deleteBrand(try graphQL.key(id))
                return id
            }.nullable(),
            Field("addDocument", "Ingests a new document.", Argument<ID>("brandId"), Argument<DocumentInput>("input"), key) {
                _, context, brandID, input, key in
                let graphQL = try context.graphQL(for: .write)
                let brand = try await graphQL.brand(brandID)
                return try await Work(graphQL).accept(key, ["addDocument", .string(brandID.text), input.json]) { key in
                    try await graphQL.dependencies.accept(try DocumentUpload(input.json, id: nil), brand, key)
                }
            }.nullable(),
            Field(
                "putDocument", "Ingests a document in the place of the one with its id.", Argument<ID>("brandId"), Argument<ID>("id"),
                Argument<DocumentInput>("input"), key
            ) { _, context, brandID, id, input, key in
                let graphQL = try context.graphQL(for: .write)
                let brand = try await graphQL.brand(brandID)
                try APIDependencies.checkDocumentID(id.text)
                return try await Work(graphQL).accept(key, ["putDocument", .string(brandID.text), .string(id.text), input.json]) { key in
                    try await graphQL.dependencies.accept(try DocumentUpload(input.json, id: id.text), brand, key)
                }
            }.nullable(),
            Field("deleteDocument", "Gives the document's id.", Argument<ID>("brandId"), Argument<ID>("id")) { _, context, brandID, id in
                let graphQL = try context.graphQL(for: .write)
                let document = try graphQL.checked(id, of: "document")
                guard try await graphQL.dependencies.ingestion.delete(document, brand: try graphQL.key(brandID)) else {
                    throw Problem.notFound("document")
                }
                return id
            }.nullable(),
            Field("createPlan", "Plans and writes posts.", Argument<ID>("brandId"), Argument<PlanInput>("input"), key) {
                _, context, brandID, input, key in
                let graphQL = try context.graphQL(for: .generate)
                let brand = try await graphQL.brand(brandID)
                return try await Work(graphQL).accept(key, ["createPlan", .string(brandID.text), input.json]) { key in
                    try await graphQL.dependencies.acceptPlan(input.json, brand, key)
                }
            }.nullable(),
            Field("createPost", "Writes one post.", Argument<ID>("brandId"), Argument<PostInput>("input"), key) {
                _, context, brandID, input, key in
                let graphQL = try context.graphQL(for: .generate)
                let brand = try await graphQL.brand(brandID)
                return try await Work(graphQL).accept(key, ["createPost", .string(brandID.text), input.json]) { key in
                    try await graphQL.dependencies.acceptPost(input.json, brand, key)
                }
            }.nullable(),
            Field("editPost", "Changes a post by hand; its checks run again.", Argument<ID>("id"), Argument<PostEditInput>("input")) {
                _, context, id, input in
                let graphQL = try context.graphQL(for: .generate)
                return try await graphQL.dependencies.edit(try await graphQL.post(id), input.json)
            }.nullable(),
            Field("regeneratePost", "Writes a post anew.", Argument<ID>("id"), Argument<String>("instruction"), key) {
                _, context, id, instruction, key in
                let graphQL = try context.graphQL(for: .generate)
                let post = try await graphQL.post(id)
                return try await Work(graphQL).accept(key, ["regeneratePost", .string(id.text), .string(instruction)]) { key in
                    try await graphQL.dependencies.acceptRewriting(["instruction": .string(instruction)], of: post, key)
                }
            }.nullable(),
            Field("cancelOperation", nil, Argument<ID>("id")) { _, context, id in
                let graphQL = try context.graphQL(for: .generate)
                return try await graphQL.dependencies.cancel(try await graphQL.operation(id).id, workspace: graphQL.workspace)
            }.nullable(),
            Field("resumeOperation", "Runs what is missing.", Argument<ID>("id"), key) { _, context, id, key in
                let graphQL = try context.graphQL(for: .generate)
                let operation = try await graphQL.operation(id)
                return try await Work(graphQL).accept(key, ["resumeOperation", .string(id.text)]) { key in
                    try await graphQL.dependencies.resume(operation, key)
                }
            }.nullable(),
            Field(
                "addMedia", "Stores a picture, within the limits of a request; larger ones are posted to the REST API.",
                Argument<ID>("brandId"), Argument<String>("mediaType"),
                Argument<String>("base64", "Its bytes (RFC 4648, section 4).")
            ) { _, context, brandID, mediaType, base64 in
                let graphQL = try context.graphQL(for: .write)
                let brand = try await graphQL.brand(brandID)
                let declared = try APIDependencies.pictureType(mediaType)
                guard let bytes = Base64.decode(base64), bytes.count <= RequestLimits.mediaBytes else {
                    throw Problem.invalid(.root.appending("base64"), "is not base64, or too large")
                }
                return try await graphQL.dependencies.addMedia(bytes, declared: declared, brand: brand.key)
            }.nullable())
    }
}

/// Accepts work once for each idempotency key, as the REST API does.
private struct Work {
    let context: GraphQLContext

    init(_ context: GraphQLContext) { self.context = context }

    /// The accepted operation, as it is now.
    ///
    /// - Parameter request: what has to be the same when the key is sent again.
    func accept(
        _ key: String?, _ request: JSON, _ accept: @Sendable (IdempotencyKey?) async throws -> Acceptance
    ) async throws -> Operation {
        let dependencies = context.dependencies
        let acceptance = WorkAcceptance(dependencies: dependencies)
        let operationID: String?
        var accepted: [Operation] = []
        if let key {
            let key = try IdempotencyKey(key, workspace: context.workspace, of: request.utf8Bytes, now: dependencies.clock.now)
            switch try await acceptance.once(key, accept: accept) {
            case .accepted(let acceptance):
                accepted = acceptance.operations
                operationID = acceptance.operation?.id
            case .known(let record):
                try acceptance.check(record, key)
                operationID = record.operationID
            }
        } else {
            let acceptance = try await accept(nil)
            accepted = acceptance.operations
            operationID = acceptance.operation?.id
        }
        CrashPoint.reach("accepted")
        for operation in accepted { dependencies.runner.wake(for: operation) }
        return try await context.operation(ID(operationID ?? ""))
    }
}
