package import Foundation

/// What model calls come to: tokens, and money in millionths of a US dollar.
package struct Spending: Sendable, Hashable, Codable {
    package var tokens: Int
    package var micros: Int

    package init(tokens: Int = 0, micros: Int = 0) {
        self.tokens = tokens
        self.micros = micros
    }

    package static func + (left: Spending, right: Spending) -> Spending {
        Spending(tokens: left.tokens + right.tokens, micros: left.micros + right.micros)
    }

    package static func += (left: inout Spending, right: Spending) { left = left + right }

    /// What is still set aside when so many tokens of it were used.
    package func outstanding(after used: Int) -> Spending {
        guard used > 0, tokens > 0 else { return self }
        let left = max(0, tokens - used)
        return Spending(tokens: left, micros: Int(Double(micros) * (Double(left) / Double(tokens))))
    }
}

/// What a workspace may spend in a calendar month (UTC); nil for as much as it likes.
package struct Budget: Sendable, Hashable, Codable {
    package var tokens: Int?
    package var micros: Int?

    package init(tokens: Int? = nil, micros: Int? = nil) {
        self.tokens = tokens
        self.micros = micros
    }

    package var isUnlimited: Bool { tokens == nil && micros == nil }

    /// Whether so much lies within it.
    package func covers(_ spending: Spending) -> Bool {
        tokens.map { spending.tokens <= $0 } ?? true && micros.map { spending.micros <= $0 } ?? true
    }

    /// What is left of it; nil where there is no limit.
    package func remaining(after spending: Spending) -> Budget {
        Budget(tokens: tokens.map { max(0, $0 - spending.tokens) }, micros: micros.map { max(0, $0 - spending.micros) })
    }
}

/// A calendar month in UTC, as `2026-11`.
package struct BillingMonth: Sendable, Hashable, CustomStringConvertible {
    package let description: String

    /// Nil when the text is no month.
    package init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.map(\.utf8.count) == [4, 2], parts.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
            let month = Int(parts[1]), (1...12).contains(month)
        else { return nil }
        description = text
    }

    package init(of moment: Date) { description = String(Self.day(of: moment).prefix(7)) }

    /// The day in UTC, as `2026-11-25`.
    package static func day(of moment: Date) -> String { moment.formatted(.iso8601.year().month().day()) }
}

/// What was billed on a day, of a brand and a model.
package struct Charge: Sendable, Hashable {
    /// As `2026-11-25`.
    package var day: String
    /// Empty where no brand is concerned.
    package var brand: String
    package var model: String
    package var usage: Usage
    package var micros: Int

    package init(day: String, brand: String, model: String, usage: Usage, micros: Int) {
        self.day = day
        self.brand = brand
        self.model = model
        self.usage = usage
        self.micros = micros
    }
}

/// Charges that are added together, once.
package struct ChargeBatch: Sendable, Hashable {
    package var workspace: String
    package var month: BillingMonth
    package var charges: [Charge]
    /// The process that counted them.
    package var writer: String
    /// Grows with each of the writer's batches: one that was added already is not added again.
    package var number: Int

    package init(workspace: String, month: BillingMonth, charges: [Charge], writer: String, number: Int) {
        self.workspace = workspace
        self.month = month
        self.charges = charges
        self.writer = writer
        self.number = number
    }

    package var spending: Spending {
        charges.reduce(Spending()) { $0 + Spending(tokens: $1.usage.tokens, micros: $1.micros) }
    }
}

/// A workspace's month.
package struct Statement: Sendable, Hashable {
    package struct Line: Sendable, Hashable {
        package var usage: Usage
        package var micros: Int

        package init(usage: Usage = Usage(), micros: Int = 0) {
            self.usage = usage
            self.micros = micros
        }

        package var spending: Spending { Spending(tokens: usage.tokens, micros: micros) }
    }

    package var month: BillingMonth
    package var total = Line()
    /// By day, model and brand; the brand of what concerns none is empty.
    package var days: [String: Line] = [:]
    package var models: [String: Line] = [:]
    package var brands: [String: Line] = [:]

    package init(month: BillingMonth) { self.month = month }

    /// What concerns the brands alone; days and models are not known of each.
    package func only(of brands: Set<String>) -> Statement {
        var part = Statement(month: month)
        part.brands = self.brands.filter { brands.contains($0.key) }
        part.total = part.brands.values.reduce(Line()) { Line(usage: $0.usage + $1.usage, micros: $0.micros + $1.micros) }
        return part
    }

    /// With a charge added.
    package mutating func add(_ charge: Charge) {
        func added(_ line: Line?) -> Line {
            Line(usage: (line?.usage ?? Usage()) + charge.usage, micros: (line?.micros ?? 0) + charge.micros)
        }
        total = added(total)
        days[charge.day] = added(days[charge.day])
        models[charge.model] = added(models[charge.model])
        brands[charge.brand] = added(brands[charge.brand])
    }
}

/// The workspaces' budgets and what they spent. Each method throws `StoreError`.
package protocol AccountStore: Sendable {
    /// Nil where the workspace has none of its own.
    func budget(workspace: String) async throws -> Budget?
    /// All that were given, by workspace.
    func budgets() async throws -> [String: Budget]
    /// Nil takes it back.
    func setBudget(_ budget: Budget?, workspace: String) async throws
    /// Adds the charges, unless they are there already.
    func add(_ batch: ChargeBatch) async throws
    func statement(workspace: String, month: BillingMonth) async throws -> Statement
    /// What operations that have not ended have set aside, less what they have used of it.
    func reserved(workspace: String) async throws -> Spending
}

/// What new work must fit into when it is accepted.
package struct BudgetGuard: Sendable, Hashable {
    package var budget: Budget
    package var month: BillingMonth

    package init(budget: Budget, month: BillingMonth) {
        self.budget = budget
        self.month = month
    }

    /// - Throws: `BudgetExceeded` with what is missing.
    package func check(_ wanted: Spending, used: Spending, reserved: Spending) throws(BudgetExceeded) {
        guard !budget.covers(used + reserved + wanted) else { return }
        guard budget.covers(used + reserved) else {
            throw BudgetExceeded("nothing is left of the workspace's budget for \(month)")
        }
        let left = budget.remaining(after: used + reserved)
        if let tokens = left.tokens, wanted.tokens > tokens {
            throw BudgetExceeded(
                "the work may take \(wanted.tokens) tokens, and \(tokens) are left of the workspace's budget for \(month)")
        }
        throw BudgetExceeded(
            "the work may cost \(Money.text(wanted.micros)), and \(Money.text(left.micros ?? 0)) are left of the workspace's budget for \(month)"
        )
    }
}

/// Amounts of money in words.
package enum Money {
    /// Such as `$0.0042`.
    package static func text(_ micros: Int) -> String {
        let digits = String(micros % 1_000_000 + 1_000_000).dropFirst()
        let cents = digits.prefix(2)
        let rest = digits.dropFirst(2).reversed().drop { $0 == "0" }.reversed()
        return "$\(micros / 1_000_000).\(cents)\(String(rest))"
    }
}
