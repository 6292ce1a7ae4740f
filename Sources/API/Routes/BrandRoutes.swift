import HTTPTypes
import Hummingbird
import JSON
import Knowledge

struct BrandRoutes: Sendable {
    let dependencies: APIDependencies

    func add(to routes: inout RouteTable) {
        routes.on(.put, "/v1/brands/{brandId}", put)
        routes.on(.get, "/v1/brands") { request, context in
            let page = try await dependencies.brands.brands(
                workspace: context.workspace, among: context.principal.brands, try request.page())
            return Answer.json(Listing.json(page.items, next: page.nextCursor, \.json))
        }
        routes.on(.get, "/v1/brands/{brandId}") { _, context in
            Answer.json(try await dependencies.brand(context).json)
        }
        routes.on(.delete, "/v1/brands/{brandId}") { _, context in
            try await dependencies.deleteBrand(try context.brandKey())
            return Response(status: .noContent)
        }
    }

    @Sendable private func put(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        let id = context.segment("brandId")
        if Slug.isValidBrandID(id) { _ = try context.brandKey() }
        let (brand, created) = try await dependencies.putBrand(id, try await request.json(), workspace: context.workspace)
        return Answer.json(brand.json, status: created ? .created : .ok, headers: created ? [(.location, "/v1/brands/\(id)")] : [])
    }
}
