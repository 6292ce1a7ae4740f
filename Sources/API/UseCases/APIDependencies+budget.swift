import Accounting
import Generation
package import JSON
package import Knowledge

// What work costs, and whether it may be begun.

extension APIDependencies {
    /// - Throws: `BudgetExceeded` when nothing is left for work whose cost is not known before.
    func checkBudget(_ workspace: String) async throws { try await budget.check(workspace: workspace) }

    /// What a plan would cost, at the prices of this deployment's models.
    func cost(of brief: Plan.Brief) -> PlanCost {
        let estimate = planning.estimate(brief)
        let micros = estimate.lines.reduce(0) { sum, line in
            sum + budget.micros(line.usage, model: line.model ?? modelNames[line.kind] ?? "")
        }
        return PlanCost(usage: estimate.usage, micros: micros)
    }

    func estimateJSON(_ brief: Plan.Brief, workspace: String) async throws -> JSON {
        let cost = cost(of: brief)
        let limit = try await budget.guardian(workspace: workspace)
        var isAllowed = true
        var remaining = Budget()
        if let limit {
            let (statement, _, reserved) = try await budget.statement(workspace: workspace, month: limit.month)
            remaining = limit.budget.remaining(after: statement.total.spending + reserved)
            isAllowed = remaining.covers(cost.spending)
        }
        return ["estimate": cost.json, "budget": ["isAllowed": .bool(isAllowed), "remaining": remaining.json]]
    }
}

/// What a plan would take.
struct PlanCost: Sendable {
    var usage: Usage
    var micros: Int

    var spending: Spending { Spending(tokens: usage.tokens, micros: micros) }

    var json: JSON {
        var object = usage.json.objectValue ?? [:]
        object["tokens"] = JSON(usage.tokens)
        object["money"] = Money.json(micros)
        object["currency"] = "USD"
        return .object(object)
    }
}

extension Money {
    /// In dollars.
    static func json(_ micros: Int) -> JSON { .number(Double(micros) / 1_000_000) }
}

extension Budget {
    /// `null` where there is no limit.
    package var json: JSON { ["tokens": tokens.map { JSON($0) } ?? .null, "money": micros.map(Money.json) ?? .null] }
}

extension Spending {
    var json: JSON { ["tokens": JSON(tokens), "money": Money.json(micros)] }
}
