import Accounting
import JSON
import Knowledge
import KnowledgeTesting
import LocalParts
import Logging
import Mongo
import MongoStore
import Telemetry
import Testing

import struct Foundation.Date

private typealias Stores = AccountStore & PlanStore & OperationStore

private func logger() -> Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }

private func mongo() async throws -> (server: DatabaseServer, stores: MongoStores) {
    let server = try await DatabaseServer()
    let stores = MongoStores(client: try MongoClient(MongoOptions(uri: server.uri), logger: logger()), database: "accounts")
    try await stores.prepare()
    return (server, stores)
}

private let month = BillingMonth("2026-11")!

private func charge(_ day: String, _ brand: String, _ model: String, input: Int, micros: Int) -> Charge {
    var usage = Usage()
    (usage.inputTokens, usage.languageCalls) = (input, 1)
    return Charge(day: day, brand: brand, model: model, usage: usage, micros: micros)
}

@Suite struct `Accounts` {
    @Test func `in memory`() async throws { try await check(MemoryStores()) }

    @Test func `in MongoDB`() async throws {
        let (server, stores) = try await mongo()
        try await check(stores)
        _ = server
    }

    private func check(_ stores: any Stores) async throws {
        #expect(try await stores.statement(workspace: "w", month: month) == Statement(month: month))
        let charges = [
            charge("2026-11-01", "acme", "vendor/model-4.1", input: 10, micros: 5),
            charge("2026-11-02", "", "$odd%2E", input: 7, micros: 0),
            charge("2026-11-02", "acme", "vendor/model-4.1", input: 1, micros: 2),
        ]
        let batch = ChargeBatch(workspace: "w", month: month, charges: charges, writer: "p1", number: 1)
        try await stores.add(batch)
        // Whoever does not know whether it was taken sends it again.
        try await stores.add(batch)
        try await stores.add(
            ChargeBatch(
                workspace: "w", month: month, charges: [charge("2026-11-03", "b", "m", input: 100, micros: 1)], writer: "p2", number: 1))
        var expected = Statement(month: month)
        for charge in charges { expected.add(charge) }
        expected.add(charge("2026-11-03", "b", "m", input: 100, micros: 1))
        #expect(try await stores.statement(workspace: "w", month: month) == expected)
        #expect(expected.total.spending == Spending(tokens: 118, micros: 8))
        #expect(try await stores.statement(workspace: "other", month: month).total == Statement.Line())
        #expect(try await stores.statement(workspace: "w", month: BillingMonth("2026-12")!).total == Statement.Line())

        #expect(try await stores.budget(workspace: "w") == nil)
        try await stores.setBudget(Budget(tokens: 5), workspace: "w")
        try await stores.setBudget(Budget(micros: 9), workspace: "w")
        #expect(try await stores.budget(workspace: "w") == Budget(micros: 9))
        #expect(try await stores.budgets() == ["w": Budget(micros: 9)])
        try await stores.setBudget(nil, workspace: "w")
        #expect(try await stores.budget(workspace: "w") == nil)
    }

    @Test func `twenty plans that come at once reserve no more than there is`() async throws {
        let (server, stores) = try await mongo()
        _ = server
        let limit = BudgetGuard(budget: Budget(tokens: 1_000), month: month)
        let outcomes = await withTaskGroup(of: String.self) { group in
            for number in 0..<20 {
                group.addTask {
                    let brand = BrandKey(workspace: "w", brand: "b")
                    let id = "plan-\(number)"
                    var operation = Operation(
                        id: "operation-\(number)", brand: brand, kind: .generatePlan, result: .init(type: .plan, id: id), createdAt: .now)
                    operation.reservation = Spending(tokens: 150, micros: 0)
                    let brief = Plan.Brief(
                        start: CalendarDay("2026-11-25")!, days: 7, timeZone: "GMT", posts: 1, channels: [], goals: [], events: [],
                        mediaIDs: [],
                        language: "en", onFailure: .cancel)
                    let plan = Plan(id: id, brand: brand, brief: brief, operationID: operation.id, createdAt: .now)
                    // What the database was too busy for is asked again, as a client would.
                    while true {
                        do {
                            try await stores.accept(plan, operation, record: nil, within: limit)
                            return "accepted"
                        } catch is BudgetExceeded {
                            return "refused"
                        } catch StoreError.unavailable {
                            continue
                        } catch {
                            return "\(error)"
                        }
                    }
                }
            }
            return await group.reduce(into: [String: Int]()) { $0[$1, default: 0] += 1 }
        }
        #expect(outcomes == ["accepted": 6, "refused": 14])
        #expect(try await stores.reserved(workspace: "w") == Spending(tokens: 900, micros: 0))
        // An operation that ends gives back what it did not use.
        let claims = try await stores.claim(limit: 3, lease: Lease(token: "t", duration: .seconds(30)), quota: ClaimQuota())
        var (first, second) = (claims[0].operation, claims[1].operation)
        first.state = .failed
        second.usage.inputTokens = 40
        #expect(try await stores.save(first, claim: claims[0]))
        #expect(try await stores.save(second, claim: claims[1]))
        #expect(try await stores.reserved(workspace: "w") == Spending(tokens: 710, micros: 0))
        // And is set aside again when it is resumed, if it fits.
        func resume(_ tokens: Int) async throws -> Operation.State? {
            let limit = BudgetGuard(budget: Budget(tokens: tokens), month: month)
            return try await stores.requeue(first.id, workspace: "w", within: limit) { _ in nil }?.state
        }
        await #expect(throws: BudgetExceeded.self) { try await resume(859) }
        #expect(try await stores.operation(first.id, workspace: "w")?.state == .failed)
        #expect(try await resume(860) == .queued)
        #expect(try await stores.reserved(workspace: "w") == Spending(tokens: 860, micros: 0))
    }
}

@Suite struct `The budget meter` {
    private func meter(_ stores: MemoryStores, _ budget: Budget = Budget()) throws -> BudgetMeter {
        let prices = try PriceList(["models": ["m": ["input": 2, "output": 8], "e": ["embedding": 0.02], "i": ["image": 0.04]]])
        return BudgetMeter(store: stores, prices: prices, standard: budget, clock: SystemClock(), metrics: Metrics(), logger: logger())
    }

    private func spend(_ meter: BudgetMeter, _ tokens: Int, in workspace: String = "w", brand: String? = nil) {
        var (context, usage) = (WorkContext(), Usage())
        (context.workspace, context.brand, usage.inputTokens) = (workspace, brand, tokens)
        WorkContext.$current.withValue(context) { meter.record(usage, model: "m") }
    }

    private func isAdmitted(_ meter: BudgetMeter, _ workspace: String = "w", isReserved: Bool = false) async -> Bool {
        var context = WorkContext()
        (context.workspace, context.isReserved) = (workspace, isReserved)
        do {
            try await WorkContext.$current.withValue(context) { try await meter.admit(model: "m") }
            return true
        } catch {
            #expect(error is BudgetExceeded)
            return false
        }
    }

    @Test func `prices are dollars for a million tokens`() throws {
        let prices = try PriceList(["models": ["m": ["input": 2, "output": 8], "e": ["embedding": 0.02], "i": ["image": 0.04]]])
        var usage = Usage()
        (usage.inputTokens, usage.outputTokens) = (1_000, 500)
        #expect(prices.micros(usage, model: "m") == 6_000)
        usage = Usage()
        usage.embeddingTokens = 1_000_000
        #expect(prices.micros(usage, model: "e") == 20_000)
        usage = Usage()
        usage.imageCalls = 3
        #expect(prices.micros(usage, model: "i") == 120_000)
        #expect(prices.micros(usage, model: "unknown") == 0 && !prices.knows("unknown"))
        for bad: JSON in [[:], ["models": ["m": 1]], ["models": ["m": ["input": -1]]], ["models": ["m": ["inputs": 1]]]] {
            #expect(throws: PriceError.self) { try PriceList(bad) }
        }
        #expect(try PriceList.standard().knows("text-embedding-3-small"))
        #expect(Money.text(1_234_500) == "$1.2345" && Money.text(0) == "$0.00" && Money.text(20_000) == "$0.02")
    }

    @Test func `a used-up budget stops its workspace and no other`() async throws {
        let stores = MemoryStores()
        let meter = try meter(stores, Budget(tokens: 100))
        var context = WorkContext()
        #expect(await isAdmitted(meter))
        spend(meter, 99)
        #expect(await isAdmitted(meter))
        spend(meter, 1)
        #expect(await !isAdmitted(meter))
        #expect(await isAdmitted(meter, "other"))
        await meter.write()
        #expect(await !isAdmitted(meter))
        // Money: 50 tokens at $2 for a million.
        try await stores.setBudget(Budget(micros: 100), workspace: "money")
        spend(meter, 49, in: "money")
        #expect(await isAdmitted(meter, "money"))
        spend(meter, 1, in: "money")
        #expect(await !isAdmitted(meter, "money"))
        // What has no price could cost anything.
        context.workspace = "rich"
        try await stores.setBudget(Budget(micros: 1_000_000), workspace: "rich")
        await #expect(throws: BudgetExceeded.self) {
            try await WorkContext.$current.withValue(context) { try await meter.admit(model: "unknown") }
        }
    }

    @Test func `what another process spent counts a second later`() async throws {
        let stores = MemoryStores()
        let (first, second) = (try meter(stores, Budget(tokens: 100)), try meter(stores, Budget(tokens: 100)))
        #expect(await isAdmitted(second))
        spend(first, 100)
        await first.write()
        try await Task.sleep(for: .milliseconds(1_050))
        #expect(await !isAdmitted(second))
    }

    @Test func `reserved work may use what others may not`() async throws {
        let stores = MemoryStores()
        let meter = try meter(stores, Budget(tokens: 100))
        var operation = Operation(
            id: "o", brand: BrandKey(workspace: "w", brand: "b"), kind: .generatePlan, result: .init(type: .plan, id: "p"), createdAt: .now)
        operation.reservation = Spending(tokens: 100, micros: 0)
        try await stores.insert(operation, record: nil)
        #expect(await !isAdmitted(meter))
        #expect(await isAdmitted(meter, isReserved: true))
        spend(meter, 100)
        #expect(await !isAdmitted(meter, isReserved: true))
    }

    @Test func `charges outlive a store that is away, once`() async throws {
        let stores = MemoryStores()
        let meter = try meter(stores)
        spend(meter, 10, brand: "acme")
        await stores.failNext(1)
        await meter.write()
        spend(meter, 5)
        await meter.write()
        await meter.write()
        let statement = try await stores.statement(workspace: "w", month: BillingMonth(of: .now))
        #expect(statement.total.usage.inputTokens == 15)
        #expect(statement.brands.mapValues(\.usage.inputTokens) == ["acme": 10, "": 5])
        // Who is known goes on while the store does not answer; of somebody new it cannot be told who pays.
        #expect(await isAdmitted(meter))
        try await Task.sleep(for: .milliseconds(1_050))
        await stores.failNext(1)
        #expect(await isAdmitted(meter))
        await stores.failNext(1)
        var context = WorkContext()
        context.workspace = "new"
        await #expect(throws: StoreError.unavailable) {
            try await WorkContext.$current.withValue(context) { try await meter.admit(model: "m") }
        }
    }
}
