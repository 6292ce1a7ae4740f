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
            guard let json = try await plan(try context.id("planId", of: "plan"), context) else { throw Problem.notFound("plan") }
            return Answer.json(json)
        }
    }

    private func plan(_ id: String, _ context: APIRequestContext) async throws -> JSON? {
        guard let plan = try await dependencies.plans.plan(id, workspace: context.workspace) else { return nil }
        return plan.json(posts: try await dependencies.posts.posts(plan: id, workspace: context.workspace))
    }

    @Sendable private func post(_ request: Request, _ context: APIRequestContext) async throws -> Response {
        let brand = try await dependencies.brand(context)
        let clock = dependencies.clock
        let brief = try PlanRequest.brief(try await request.json(), brand: brand, connectors: dependencies.connectors, clock: clock)
        let id = clock.makeID()
        let operation = Operation(
            id: clock.makeID(), brand: brand.key, kind: .generatePlan, result: .init(type: .plan, id: id), createdAt: clock.now)
        let plan = Plan(id: id, brand: brand.key, brief: brief, operationID: operation.id, createdAt: clock.now)
        try await dependencies.plans.accept(plan, operation)
        dependencies.runner.wake()
        let waiting = Waiting(dependencies: dependencies)
        if let done = try await waiting.outcome(of: operation, request), [.succeeded, .partial].contains(done.state),
            let json = try await self.plan(id, context)
        {
            return Answer.json(json, headers: [(.location, "/v1/plans/\(id)"), (.preferenceApplied, "wait")])
        }
        return Answer.json(
            ["plan": plan.json(posts: []), "operation": operation.json], status: .accepted,
            headers: [(.location, "/v1/operations/\(operation.id)")])
    }
}
