package import Knowledge

extension MemoryStores: AccountStore {
    package func budget(workspace: String) throws -> Budget? {
        try reach()
        return storedBudgets[workspace]
    }

    package func budgets() throws -> [String: Budget] {
        try reach()
        return storedBudgets
    }

    package func setBudget(_ budget: Budget?, workspace: String) throws {
        try reach()
        storedBudgets[workspace] = budget
    }

    package func add(_ batch: ChargeBatch) throws {
        try reach()
        let key = "\(batch.workspace)/\(batch.month)"
        guard (batchNumbers["\(key)/\(batch.writer)"] ?? 0) < batch.number else { return }
        batchNumbers["\(key)/\(batch.writer)"] = batch.number
        for charge in batch.charges { storedMonths[key, default: Statement(month: batch.month)].add(charge) }
    }

    package func statement(workspace: String, month: BillingMonth) throws -> Statement {
        try reach()
        return storedMonths["\(workspace)/\(month)"] ?? Statement(month: month)
    }

    package func reserved(workspace: String) throws -> Spending {
        try reach()
        return storedOperations.values.filter { $0.brand.workspace == workspace && !$0.state.isTerminal }
            .reduce(Spending()) { $0 + $1.outstanding }
    }

    /// - Throws: `BudgetExceeded` when the operation does not fit.
    func reserve(_ operation: Operation, within limit: BudgetGuard) throws {
        let workspace = operation.brand.workspace
        let used = try statement(workspace: workspace, month: limit.month).total.spending
        try limit.check(operation.outstanding, used: used, reserved: try reserved(workspace: workspace))
    }
}
