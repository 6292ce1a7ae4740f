import HTTPTypes
import Hummingbird
import Ingestion
import JSON
import Knowledge
import Operations

struct DocumentRoutes: Sendable {
    let dependencies: APIDependencies

    private var waiting: Waiting { Waiting(dependencies: dependencies) }

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
            let page = try await dependencies.documents.chunks(of: try await document(context), try request.page())
            return Answer.json(Listing.json(page.items, next: page.nextCursor, \.json))
        }
    }

    private func document(_ context: APIRequestContext) async throws -> Document {
        let id = try context.id("documentId", of: "document")
        guard let document = try await dependencies.documents.document(id, brand: try context.brandKey()) else {
            throw Problem.notFound("document")
        }
        return document
    }

    @Sendable private func post(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        let brand = try await dependencies.brand(context)
        if request.mediaType == "multipart/form-data" { return try await postForm(request, brand) }
        return try await accept(try await DocumentUpload(request, id: nil), brand, request)
    }

    @Sendable private func put(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        let brand = try await dependencies.brand(context)
        let id = context.parameters.get("documentId") ?? ""
        guard Slug.isValidID(id) else {
            throw Problem.invalid(.root.appending("documentId"), "a document's id has 1 to 128 letters, digits, hyphens and underscores")
        }
        guard request.mediaType != "multipart/form-data" else {
            throw Problem(.unsupportedMediaType, "a form with several files can be posted to the brand's documents only")
        }
        return try await accept(try await DocumentUpload(request, id: id), brand, request)
    }

    private func accept(_ upload: DocumentUpload, _ brand: Brand, _ request: Request) async throws -> Response {
        let (document, operation) = try await dependencies.ingestion.accept(upload, brand: brand.key)
        dependencies.runner.wake()
        let path = "/v1/brands/\(brand.id)/documents/\(document.id)"
        if let done = try await waiting.outcome(of: operation, request), done.state == .succeeded,
            let finished = try await dependencies.documents.document(document.id, brand: brand.key)
        {
            return Answer.json(finished.json, status: .created, headers: [(.location, path), (.preferenceApplied, "wait")])
        }
        return Answer.json(
            ["document": document.json, "operation": operation.json], status: .accepted,
            headers: [(.location, "/v1/operations/\(operation.id)")])
    }

    /// Several files: all are read and checked before the first is stored.
    private func postForm(_ request: Request, _ brand: Brand) async throws -> Response {
        let contentType = request.headers[.contentType] ?? ""
        let form = try MultipartForm(try await request.body(limit: RequestLimits.formBytes), contentType: contentType)
        let uploads = try DocumentUpload.uploads(of: form)
        for upload in uploads { try dependencies.ingestion.check(upload) }
        var items: [JSON] = []
        for upload in uploads {
            let (document, operation) = try await dependencies.ingestion.accept(upload, brand: brand.key)
            items.append(["document": document.json, "operation": operation.json])
        }
        dependencies.runner.wake()
        return Answer.json(["items": .array(items)], status: .accepted)
    }
}
