import API
import Accounting
import JSON
import Knowledge
import MongoStore

extension Services {
    package func setBudget(workspace: String, tokens: Int?, dollars: Double?) async throws -> Bool {
        try Self.checkWorkspace(workspace)
        guard tokens != nil || dollars != nil else {
            throw StartError(.arguments, "Name --tokens, --usd or both; `budgets clear` takes a budget back.")
        }
        if dollars != nil {
            let unpriced = settings.models.filter { !budget.knowsPrice(of: $0) }
            guard unpriced.isEmpty else {
                throw StartError(
                    .arguments, "--usd needs prices of all models; POSTWRIGHT_PRICES has none of \(unpriced.joined(separator: ", ")).")
            }
        }
        try await prepareStores()
        let given = Budget(tokens: tokens, micros: dollars.map { Int(($0 * 1_000_000).rounded()) })
        try await stores.setBudget(given, workspace: workspace)
        Console.print("\(workspace): \(Self.words(given)) a month")
        return true
    }

    package func clearBudget(workspace: String) async throws -> Bool {
        try await prepareStores()
        try await stores.setBudget(nil, workspace: workspace)
        Console.print("\(workspace): \(Self.words(settings.budget)) a month, as every workspace")
        return true
    }

    package func listBudgets(asJSON: Bool) async throws -> Bool {
        let own = try await stores.budgets().sorted { $0.key < $1.key }
        if asJSON {
            let list = own.map { JSON.object(["workspace": .string($0.key), "budget": $0.value.json]) }
            Console.print(JSON.object(["default": settings.budget.json, "workspaces": .array(list)]).prettyText)
        } else {
            Console.print("every workspace: \(Self.words(settings.budget)) a month")
            for (workspace, budget) in own { Console.print("\(workspace): \(Self.words(budget)) a month") }
        }
        return true
    }

    package func showUsage(workspace: String, month text: String?, asJSON: Bool) async throws -> Bool {
        guard let month = text.map({ BillingMonth($0) }) ?? BillingMonth(of: clock.now) else {
            throw StartError(.arguments, "--month is written as 2026-11.")
        }
        let (statement, limit, reserved) = try await budget.statement(workspace: workspace, month: month)
        if asJSON {
            Console.print(statement.json(budget: limit, reserved: reserved).prettyText)
            return true
        }
        Console.print("\(workspace), \(month): \(Self.words(statement.total)) of \(Self.words(limit))")
        if reserved.tokens > 0 {
            Console.print("  set aside for work under way: \(reserved.tokens) tokens, \(Money.text(reserved.micros))")
        }
        for (title, lines) in [("By model", statement.models), ("By brand", statement.brands), ("By day", statement.days)]
        where !lines.isEmpty {
            Console.print("\n\(title):")
            for (name, line) in lines.sorted(by: { $0.key < $1.key }) {
                Console.print("  \(name.isEmpty ? "(no brand)" : name): \(Self.words(line))")
            }
        }
        return true
    }

    private static func words(_ budget: Budget) -> String {
        let limits = [budget.tokens.map { "\($0) tokens" }, budget.micros.map(Money.text)].compactMap(\.self)
        return limits.isEmpty ? "no limit" : limits.joined(separator: " and ")
    }

    private static func words(_ line: Statement.Line) -> String { "\(line.usage.tokens) tokens, \(Money.text(line.micros))" }
}
