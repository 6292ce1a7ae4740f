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
        guard let plan = try await dependencies.plans.plan(id, workspace: context.workspace) else { throw Problem.notFound("plan") }
        let posts = try await dependencies.citedPosts(plan: id, workspace: context.workspace)
        guard let export = Self.exports[chosen] else { return Answer.json(plan.json(posts: posts), headers: [(.vary, "Accept")]) }
        let headers: HTTPFields = [
            .contentType: export.mediaType, .vary: "Accept",
            .contentDisposition: "attachment; filename=\"\(plan.brand.brand)-\(plan.brief.start).\(export.fileExtension)\"",
        ]
        return Response(status: .ok, headers: headers, body: .init(byteBuffer: ByteBuffer(string: export.render(plan, posts: posts))))
    }

    /// - Throws: `Problem` naming every picture that the brand does not have.
    private func checkPictures(of brief: Plan.Brief, _ brand: Brand) async throws {
        let faults = Faults()
        for (index, id) in brief.mediaIDs.enumerated() {
            let media = try await dependencies.media.description(id, workspace: brand.key.workspace)
            if media?.brand != brand.key {
                faults.add(JSONPointer.root.appending("mediaIds").appending(index), "is not a picture of this brand")
            }
        }
        try faults.check()
    }

    @Sendable private func post(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        try await WorkAcceptance(dependencies: dependencies).once(request, context) { request, key in
            let brand = try await dependencies.brand(context)
            let clock = dependencies.clock
            let brief = try PlanRequest.brief(try await request.json(), brand: brand, connectors: dependencies.connectors, clock: clock)
            try await checkPictures(of: brief, brand)
            let operation = Operation(
                id: clock.makeID(), brand: brand.key, kind: .generatePlan, result: .init(type: .plan, id: clock.makeID()),
                createdAt: clock.now)
            let plan = Plan(
                id: operation.result.id, brand: brand.key, brief: brief, operationID: operation.id, createdAt: clock.now)
            let acceptance = Acceptance(["plan": plan.json(posts: []), "operation": operation.json], operation: operation)
            try await dependencies.plans.accept(plan, operation, record: key?.record(of: acceptance))
            return acceptance
        }
    }
}
