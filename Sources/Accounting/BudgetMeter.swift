package import Knowledge
package import Logging
import ServiceLifecycle
import Synchronization
package import Telemetry

/// Counts what the workspaces' model calls cost, and stops those whose budget is used up.
///
/// What was counted is written in batches, four times a second; what other processes wrote is read once a second. So a
/// limit is exact within a process, up to the calls in flight, and a second late between processes. A process that is
/// killed loses what it counted in its last quarter second.
package final class BudgetMeter: UsageMeter, Service {
    private struct Account {
        /// What was counted and is not being written yet.
        var pending: [Charge] = []
        /// Being written; kept until the store has it.
        var batches: [ChargeBatch] = []
        var month: BillingMonth
        var budget: Budget
        /// What the store had, own batches among it.
        var known = Spending()
        var reserved = Spending()
        var readAt: ContinuousClock.Instant?
        /// Whether the store ever told.
        var isKnown = false
        /// How many batches the store has taken.
        var taken = 0

        var spent: Spending {
            let counted = pending.reduce(Spending()) { $0 + Spending(tokens: $1.usage.tokens, micros: $1.micros) }
            return batches.reduce(known + counted) { $0 + $1.spending }
        }
    }

    private static let writeInterval = Duration.milliseconds(250)
    private static let freshness = Duration.seconds(1)
    /// For the store to say what was spent; without an answer what was known counts.
    private static let patience = Duration.milliseconds(200)
    /// Charges of a workspace that are kept one by one; beyond it they are added up.
    private static let pendingLimit = 1_000

    private let store: any AccountStore
    private let prices: PriceList
    /// Of a workspace that has none of its own.
    private let standard: Budget
    private let clock: any WallClock
    private let logger: Logger
    private let writer: String
    private let accounts = Mutex<[String: Account]>([:])
    private let numbers = Mutex(0)
    /// The writing that runs, or ran last, and the one that waits for its end.
    private let writing = Mutex<(current: Task<Void, Never>?, next: Task<Void, Never>?)>((nil, nil))
    private let refused: Counter
    private let spent: Counter
    private let unwritten: Gauge

    package init(
        store: any AccountStore, prices: PriceList, standard: Budget, clock: any WallClock, metrics: Metrics, logger: Logger
    ) {
        self.store = store
        self.prices = prices
        self.standard = standard
        self.clock = clock
        self.logger = logger
        writer = clock.makeID()
        refused = metrics.counter("postwright_budget_refusals_total", "Calls and work that a budget did not cover.")
        spent = metrics.counter("postwright_model_cost_dollars_total", "What calls to models cost, by the prices given.", labels: ["model"])
        unwritten = metrics.gauge("postwright_usage_unwritten_charges", "Charges that the database does not have yet.")
    }

    // MARK: Calls

    package func admit(model: String) async throws {
        let context = WorkContext.current
        guard let workspace = context.workspace else { return }
        let account = try await current(workspace)
        guard !account.budget.isUnlimited else { return }
        if account.budget.micros != nil, !model.isEmpty, !prices.knows(model) {
            refused.add()
            logger.notice("a model has no price", metadata: ["workspace": "\(workspace)", "model": "\(model)"])
            throw BudgetExceeded("the workspace has a budget of money, and this deployment knows no price of \(model)")
        }
        // What others have set aside is theirs; work that set its own cost aside goes on up to the limit itself.
        let taken = account.spent + (context.isReserved ? Spending() : account.reserved)
        if let tokens = account.budget.tokens, taken.tokens >= tokens { try refuse(workspace, "tokens") }
        if let micros = account.budget.micros, taken.micros >= micros { try refuse(workspace, "money") }
    }

    private func refuse(_ workspace: String, _ what: String) throws -> Never {
        refused.add()
        logger.notice("a budget is used up", metadata: ["workspace": "\(workspace)", "of": "\(what)"])
        throw BudgetExceeded("the workspace's budget of \(what) for this month is used up")
    }

    package func record(_ usage: Usage, model: String) {
        let context = WorkContext.current
        guard let workspace = context.workspace else { return }
        let micros = prices.micros(usage, model: model)
        if micros > 0 { spent.add(Double(micros) / 1_000_000, model) }
        let charge = Charge(
            day: BillingMonth.day(of: clock.now), brand: context.brand ?? "", model: model, usage: usage, micros: micros)
        let opened = opened
        accounts.withLock { accounts in
            var pending = accounts[workspace, default: opened].pending
            pending.append(charge)
            if pending.count > Self.pendingLimit { pending = Self.summed(pending) }
            accounts[workspace, default: opened].pending = pending
        }
    }

    private var opened: Account { Account(month: BillingMonth(of: clock.now), budget: standard) }

    // MARK: Work

    /// What new work of the workspace must fit into; nil where there is no limit.
    package func guardian(workspace: String) async throws -> BudgetGuard? {
        let account = try await current(workspace)
        return account.budget.isUnlimited ? nil : BudgetGuard(budget: account.budget, month: account.month)
    }

    /// - Throws: `BudgetExceeded` when nothing is left for work of unknown cost.
    package func check(workspace: String) async throws {
        var context = WorkContext.current
        context.workspace = workspace
        context.isReserved = false
        try await WorkContext.$current.withValue(context) { try await admit(model: "") }
    }

    /// Work that does not fit into what is left.
    package func noteRefusal(workspace: String) {
        refused.add()
        logger.notice("a budget is used up", metadata: ["workspace": "\(workspace)", "of": "what the work may take"])
    }

    package func knowsPrice(of model: String) -> Bool { prices.knows(model) }

    package func micros(_ usage: Usage, model: String) -> Int { prices.micros(usage, model: model) }

    /// The workspace's month up to now.
    package func statement(
        workspace: String, month: BillingMonth
    ) async throws -> (statement: Statement, budget: Budget, reserved: Spending) {
        await write()
        let statement = try await store.statement(workspace: workspace, month: month)
        return (statement, try await store.budget(workspace: workspace) ?? standard, try await store.reserved(workspace: workspace))
    }

    // MARK: The store

    /// The account, read anew when what is known of it is old. While the store is away, what was known counts.
    ///
    /// - Throws: `StoreError` when nothing is known.
    private func current(_ workspace: String) async throws -> Account {
        let month = BillingMonth(of: clock.now)
        let known = accounts.withLock { $0[workspace] }
        if let known, known.month == month, let readAt = known.readAt, readAt.duration(to: .now) < Self.freshness { return known }
        guard known?.isKnown == true else { return try await read(workspace, month) }
        do {
            return try await Durability.$patience.withValue(Self.patience) { try await read(workspace, month) }
        } catch {
            return update(workspace) { $0.readAt = .now }
        }
    }

    private func read(_ workspace: String, _ month: BillingMonth) async throws -> Account {
        let asked = ContinuousClock.now
        let before = accounts.withLock { $0[workspace] }
        let budget = try await store.budget(workspace: workspace) ?? standard
        guard !budget.isUnlimited else {
            return update(workspace) { account in
                (account.month, account.budget, account.readAt, account.isKnown) = (month, budget, asked, true)
            }
        }
        let statement = try await store.statement(workspace: workspace, month: month)
        let reserved = try await store.reserved(workspace: workspace)
        return update(workspace) { account in
            // Where a batch was on its way meanwhile, nobody knows whether the sum has it: the next reading tells.
            let isExact = account.batches.isEmpty && before?.batches.isEmpty ?? true && account.taken == before?.taken ?? account.taken
            if isExact || !account.isKnown || account.month != month { account.known = statement.total.spending }
            (account.month, account.budget, account.reserved) = (month, budget, reserved)
            (account.readAt, account.isKnown) = (asked, true)
        }
    }

    private func update(_ workspace: String, _ change: (inout Account) -> Void) -> Account {
        let opened = opened
        return accounts.withLock { accounts in
            change(&accounts[workspace, default: opened])
            return accounts[workspace] ?? opened
        }
    }

    /// Writes what was counted, until the process is told to stop, and then once more.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                // Cancellation ends the sleep, and the loop sees it.
                try? await Task.sleep(for: Self.writeInterval)
                await self.write()
            }
        }
        await write()
    }

    /// Writes what was counted up to now; what the store does not take is kept for the next time. One at a time: who comes while
    /// one writes waits for the next, with all others who came meanwhile.
    package func write() async {
        let turn = writing.withLock { writing -> Task<Void, Never> in
            if let next = writing.next { return next }
            let next = Task { [last = writing.current] in
                await last?.value
                self.writing.withLock { ($0.current, $0.next) = ($0.next, nil) }
                await writeNow()
            }
            writing.next = next
            return next
        }
        await turn.value
    }

    private func writeNow() async {
        for workspace in accounts.withLock({ Array($0.keys) }) {
            for batch in frozen(workspace) {
                do {
                    try await Task { [store] in try await store.add(batch) }.value
                } catch StoreError.unavailable {
                    logger.debug("charges wait for the database", metadata: ["workspace": "\(workspace)"])
                    // The others would wait for it as long.
                    return noteUnwritten()
                } catch {
                    logger.error("charges are not taken", metadata: ["workspace": "\(workspace)", "error": "\(error)"])
                    break
                }
                _ = update(workspace) { account in
                    account.batches.removeAll { $0.number == batch.number }
                    account.taken += 1
                    if account.month == batch.month { account.known += batch.spending }
                }
            }
        }
        noteUnwritten()
    }

    private func noteUnwritten() {
        let count = accounts.withLock { accounts in
            accounts.values.reduce(0) { sum, account in account.batches.reduce(sum + account.pending.count) { $0 + $1.charges.count } }
        }
        unwritten.set(Double(count))
    }

    /// The workspace's batches, with what was pending as new ones: a batch that may have been written is never changed.
    private func frozen(_ workspace: String) -> [ChargeBatch] {
        accounts.withLock { accounts in
            guard var account = accounts[workspace] else { return [] }
            for (month, charges) in Dictionary(grouping: Self.summed(account.pending), by: { String($0.day.prefix(7)) }) {
                guard let month = BillingMonth(month) else { continue }
                let number = numbers.withLock { number in
                    number += 1
                    return number
                }
                account.batches.append(
                    ChargeBatch(workspace: workspace, month: month, charges: charges, writer: writer, number: number))
            }
            account.pending = []
            accounts[workspace] = account
            return account.batches
        }
    }

    /// One charge for each day, brand and model.
    private static func summed(_ charges: [Charge]) -> [Charge] {
        var sums: [[String]: Charge] = [:]
        for charge in charges {
            let key = [charge.day, charge.brand, charge.model]
            guard var sum = sums[key] else {
                sums[key] = charge
                continue
            }
            sum.usage += charge.usage
            sum.micros += charge.micros
            sums[key] = sum
        }
        return Array(sums.values)
    }
}
