import Generation
import HTTPTypes
import Hummingbird
import JSON
import Knowledge
import NIOCore
import Operations

struct PlanRoutes: Sendable {
    let dependencies: APIDependencies

    func add(to routes: inout RouteTable) {
        routes.on(.post, "/v1/brands/{brandId}/plans", post)
        routes.on(.get, "/v1/plans/{planId}", get)
    }

    private static let json = "application/json"
    private static let exports = ["text/csv": PlanExport.csv, "text/markdown": .markdown, "text/calendar": .ical]

    /// The plan as JSON, or as the export that `Accept` names.
    @Sendable private func get(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        let offers = [Self.json] + Self.exports.keys.sorted()
        guard let chosen = AcceptHeader(request.headers[.accept]).best(of: offers) else {
            throw Problem(.notAcceptable, "a plan can be had as \(offers.joined(separator: ", "))")
        }
        let id = try context.id("planId", of: "plan")
        guard let plan = try await dependencies.plans.plan(id, workspace: context.workspace), context.principal.sees(plan.brand)
        else { throw Problem.notFound("plan") }
        let posts = try await dependencies.citedPosts(plan: id, workspace: context.workspace)
        guard let export = Self.exports[chosen] else { return Answer.json(plan.json(posts: posts), headers: [(.vary, "Accept")]) }
        let headers: HTTPFields = [
            .contentType: export.mediaType, .vary: "Accept",
            .contentDisposition: "attachment; filename=\"\(plan.brand.brand)-\(plan.brief.start).\(export.fileExtension)\"",
        ]
        return Response(status: .ok, headers: headers, body: .init(byteBuffer: ByteBuffer(string: export.render(plan, posts: posts))))
    }

    @Sendable private func post(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        var request = request
        let value = try await request.keptJSON()
        if value["dryRun"] == true {
            let brand = try await dependencies.brand(context)
            let brief = try await dependencies.planBrief(value, brand)
            return Answer.json(try await dependencies.estimateJSON(brief, workspace: context.workspace))
        }
        return try await WorkAcceptance(dependencies: dependencies).once(request, context) { request, key in
            let brand = try await dependencies.brand(context)
            return try await dependencies.acceptPlan(try await request.json(), brand, key)
        }
    }
}
