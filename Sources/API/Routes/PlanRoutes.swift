import HTTPTypes
import Hummingbird
import JSON
import Knowledge
import Operations

struct PlanRoutes: Sendable {
    let dependencies: APIDependencies

    func add(to routes: inout RouteTable) {
        routes.on(.post, "/v1/brands/{brandId}/plans", post)
        routes.on(.get, "/v1/plans/{planId}") { _, context in
            let id = try context.id("planId", of: "plan")
            guard let plan = try await dependencies.plans.plan(id, workspace: context.workspace) else { throw Problem.notFound("plan") }
            return Answer.json(plan.json(posts: try await dependencies.posts.posts(plan: id, workspace: context.workspace)))
        }
    }

    @Sendable private func post(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        try await WorkAcceptance(dependencies: dependencies).once(request, context) { request, key in
            let brand = try await dependencies.brand(context)
            let clock = dependencies.clock
            let brief = try PlanRequest.brief(try await request.json(), brand: brand, connectors: dependencies.connectors, clock: clock)
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
