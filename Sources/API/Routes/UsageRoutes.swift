import Accounting
import HTTPTypes
import Hummingbird
import JSON
import Knowledge

/// What the workspace's calls to models cost.
struct UsageRoutes: Sendable {
    let dependencies: APIDependencies

    func add(to routes: inout RouteTable) {
        routes.on(.get, "/v1/usage") { request, context in
            let month: BillingMonth
            if let text = request.uri.queryParameters["month"] {
                guard let given = BillingMonth(String(text)) else {
                    throw Problem.invalid(.root.appending("month"), "a month is written as 2026-11")
                }
                month = given
            } else {
                month = BillingMonth(of: dependencies.clock.now)
            }
            let (statement, budget, reserved) = try await dependencies.budget.statement(workspace: context.workspace, month: month)
            guard let brands = context.principal.brands else {
                return Answer.json(statement.json(budget: budget, reserved: reserved))
            }
            return Answer.json(statement.only(of: brands).json(budget: budget, reserved: Spending()))
        }
    }
}
