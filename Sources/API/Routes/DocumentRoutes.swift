import Generation
import HTTPTypes
import Hummingbird
import Ingestion
import JSON
import Knowledge
import Operations

struct DocumentRoutes: Sendable {
    let dependencies: APIDependencies

    func add(to routes: inout RouteTable) {
        routes.on(.post, "/v1/brands/{brandId}/documents", post)
        routes.on(.get, "/v1/brands/{brandId}/documents") { request, context in
            let brand = try await dependencies.brand(context)
            let page = try await dependencies.documents.documents(brand: brand.key, try request.page())
            return Answer.json(Listing.json(page.items, next: page.nextCursor, \.json))
        }
        routes.on(.put, "/v1/brands/{brandId}/documents/{documentId}", put)
        routes.on(.get, "/v1/brands/{brandId}/documents/{documentId}") { _, context in
            Answer.json(try await document(context).json)
        }
        routes.on(.delete, "/v1/brands/{brandId}/documents/{documentId}") { _, context in
            let id = try context.id("documentId", of: "document")
            guard try await dependencies.ingestion.delete(id, brand: try context.brandKey()) else { throw Problem.notFound("document") }
            return Response(status: .noContent)
        }
        routes.on(.get, "/v1/brands/{brandId}/documents/{documentId}/chunks") { request, context in
            let wanted = try request.page()
            if let cursor = wanted.after, Int(cursor).map({ $0 < 0 }) ?? true {
                throw Problem.invalid(.root.appending("cursor"), "is not a cursor of this list")
            }
            let page = try await dependencies.documents.chunks(of: try await document(context), wanted)
            return Answer.json(Listing.json(page.items, next: page.nextCursor, \.json))
        }
        routes.on(.get, "/v1/brands/{brandId}/documents/{documentId}/citing-posts", citingPosts)
    }

    /// Answers for a document that was deleted too: its posts are the ones to look at.
    @Sendable private func citingPosts(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        let id = try context.id("documentId", of: "document")
        let brand = try await dependencies.brand(context)
        guard let page = try await dependencies.citedPosts.citing(id, brand: brand.key, try request.page()) else {
            throw Problem.notFound("document")
        }
        return Answer.json(Listing.json(page.items, next: page.nextCursor, \.listedJSON))
    }

    private func document(_ context: APIRequestContext) async throws -> Document {
        let id = try context.id("documentId", of: "document")
        guard let document = try await dependencies.documents.document(id, brand: try context.brandKey()) else {
            throw Problem.notFound("document")
        }
        return document
    }

    @Sendable private func post(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        try await WorkAcceptance(dependencies: dependencies).once(request, context) { request, key in
            let brand = try await dependencies.brand(context)
            guard request.mediaType != "multipart/form-data" else { return try await acceptForm(request, brand, key) }
            return try await dependencies.accept(try await DocumentUpload(request, id: nil, dependencies.documentText), brand, key)
        }
    }

    /// Replacing a document under its id is safe to repeat without a key: the last content wins.
    @Sendable private func put(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        try await WorkAcceptance(dependencies: dependencies).once(request, context) { request, key in
            let brand = try await dependencies.brand(context)
            let id = context.segment("documentId")
            try APIDependencies.checkDocumentID(id)
            guard request.mediaType != "multipart/form-data" else {
                throw Problem(.unsupportedMediaType, "a form with several files can be posted to the brand's documents only")
            }
            return try await dependencies.accept(try await DocumentUpload(request, id: id, dependencies.documentText), brand, key)
        }
    }

    /// Several files: all are stored or none.
    private func acceptForm(_ request: Request, _ brand: Brand, _ key: IdempotencyKey?) async throws -> Acceptance {
        try DocumentUpload.checkQuery(of: request)
        let contentType = request.headers[.contentType] ?? ""
        let form = try MultipartForm(try await request.body(limit: RequestLimits.formBytes), contentType: contentType)
        @Sendable func acceptance(_ stored: [AcceptedDocument]) -> Acceptance {
            Acceptance(["items": .array(stored.map(\.json))], list: stored.map(\.operation))
        }
        let uploads = try await DocumentUpload.uploads(of: form, dependencies.documentText)
        try await dependencies.checkBudget(brand.key.workspace)
        do {
            return acceptance(try await dependencies.ingestion.accept(uploads, brand: brand.key) { key?.record(of: acceptance($0)) })
        } catch let error as UnreadableDocument {
            throw Problem.invalid(JSONPointer.root.appending("file").appending(error.index ?? 0), error.reason)
        }
    }
}
