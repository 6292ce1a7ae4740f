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
        return storedOperations.values.filter { $0.brand.workspace == workspace && !$0.state.isTerminal }.reduce(Spending()) {
            sum, operation in
            guard let reservation = operation.reservation, reservation.tokens > 0 else { return sum }
            let left = max(0, reservation.tokens - operation.usage.tokens)
            return sum + Spending(tokens: left, micros: reservation.micros * left / reservation.tokens)
        }
    }
}
