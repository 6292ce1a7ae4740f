// KnowledgeTesting: stores of Knowledge in memory, and the conformance that they and the real ones both pass. Tests
// of use cases stand on these fakes; that the fakes are true is what the conformance shows.

package import Knowledge

package import struct Foundation.Date

/// Operations, steps, plans, posts and idempotency records in memory.
package actor MemoryStores {
    struct Lease {
        var token = ""
        var until = ContinuousClock.now
        var epoch = 0
    }

    var storedOperations: [String: Operation] = [:]
    var leases: [String: Lease] = [:]
    var storedSteps: [String: (step: Step, epoch: Int)] = [:]
    var storedPlans: [String: (plan: Plan, epoch: Int)] = [:]
    var storedPosts: [String: (post: Post, fence: Fence)] = [:]
    var requests: [String: AcceptedRequest] = [:]
    var storedBudgets: [String: Budget] = [:]
    var storedMonths: [String: Statement] = [:]
    /// The last batch of each writer in each month.
    var batchNumbers: [String: Int] = [:]
    private var failures = 0

    var answerDelay = Duration.zero

    package init() {}

    /// Lets the next calls fail as if the database were away.
    package func failNext(_ count: Int) { failures = count }

    /// Lets the answer to a postponement come later than what it does.
    package func answerLate(by delay: Duration) { answerDelay = delay }

    /// Gives the operation's lease to another worker, as happens to a process that was suspended.
    package func steal(_ id: String) {
        leases[id] = Lease(token: "thief", until: .now + .seconds(60), epoch: (leases[id]?.epoch ?? 0) + 1)
    }

    func reach() throws(StoreError) {
        guard failures > 0 else { return }
        failures -= 1
        throw .unavailable
    }

    func insert(_ record: AcceptedRequest?) throws(StoreError) {
        guard let record else { return }
        let id = "\(record.workspace)/\(record.key)"
        if let known = requests[id], known.expiresAt > record.createdAt { throw .conflict }
        requests[id] = record
    }

    func owned(_ id: String, _ workspace: String) -> Operation? {
        storedOperations[id].flatMap { $0.brand.workspace == workspace ? $0 : nil }
    }

    func holds(_ claim: ClaimedOperation) -> Bool {
        leases[claim.operation.id].map { $0.token == claim.token && $0.epoch == claim.epoch } ?? false
    }
}

extension MemoryStores: AcceptedRequestStore {
    package func acceptedRequest(workspace: String, key: String, now: Date) throws -> AcceptedRequest? {
        try reach()
        return requests["\(workspace)/\(key)"].flatMap { $0.expiresAt > now ? $0 : nil }
    }
}

extension MemoryStores: StepStore {
    package func steps(of operationID: String) throws -> [Step] {
        try reach()
        return storedSteps.values.map(\.step).filter { $0.operationID == operationID }
    }

    package func begin(_ step: Step, _ fence: Fence) throws -> Bool {
        try reach()
        var step = step
        step.state = .started
        step.attempts = (storedSteps[id(step)]?.step.attempts ?? 0) + 1
        return write(step, fence)
    }

    package func finish(_ step: Step, _ fence: Fence) throws -> Bool {
        try reach()
        var step = step
        step.state = .finished
        step.attempts = storedSteps[id(step)]?.step.attempts ?? 0
        return write(step, fence)
    }

    private func id(_ step: Step) -> String { "\(step.operationID)/\(step.name)" }

    private func write(_ step: Step, _ fence: Fence) -> Bool {
        guard storedSteps[id(step)].map({ $0.epoch <= fence.epoch }) ?? true else { return false }
        storedSteps[id(step)] = (step, fence.epoch)
        return true
    }
}

extension MemoryStores: PlanStore {
    package func accept(_ plan: Plan, _ operation: Operation, record: AcceptedRequest?, within limit: BudgetGuard?) throws {
        try reach()
        if let limit { try reserve(operation, within: limit) }
        try insert(record)
        storedPlans[plan.id] = (plan, 0)
        storedOperations[operation.id] = operation
    }

    package func plan(_ id: String, workspace: String) throws -> Plan? {
        try reach()
        return storedPlans[id].flatMap { $0.plan.brand.workspace == workspace ? $0.plan : nil }
    }

    package func plans(_ ids: [String], workspace: String) throws -> [Plan] {
        try reach()
        return ids.compactMap { storedPlans[$0]?.plan }.filter { $0.brand.workspace == workspace }
    }

    package func save(_ plan: Plan, _ fence: Fence) throws -> Bool {
        try reach()
        guard let stored = storedPlans[plan.id], stored.epoch <= fence.epoch else { return false }
        storedPlans[plan.id] = (plan, fence.epoch)
        return true
    }
}

extension MemoryStores: PostStore {
    package func save(_ post: Post, _ fence: Fence) throws -> Bool {
        try reach()
        if let stored = storedPosts[post.id], stored.post.revision >= post.revision {
            let isOwn = stored.fence.operationID == fence.operationID && stored.fence.epoch <= fence.epoch
            guard stored.post.revision == post.revision, isOwn else { return false }
        }
        storedPosts[post.id] = (post, fence)
        return true
    }

    package func post(_ id: String, workspace: String) throws -> Post? {
        try reach()
        return storedPosts[id].flatMap { $0.post.brand.workspace == workspace ? $0.post : nil }
    }

    package func posts(_ ids: [String], workspace: String) throws -> [Post] {
        try reach()
        return ids.compactMap { storedPosts[$0]?.post }.filter { $0.brand.workspace == workspace }
    }

    package func posts(plan id: String, workspace: String) throws -> [Post] {
        try reach()
        return storedPosts.values.map(\.post).filter { $0.planID == id && $0.brand.workspace == workspace }
            .sorted { ($0.scheduledAt ?? .distantPast, $0.id) < ($1.scheduledAt ?? .distantPast, $1.id) }
    }

    package func posts(citing documentID: String, brand: BrandKey, _ page: PageRequest) throws -> Page<Post> {
        try reach()
        let found = storedPosts.values.map(\.post).filter { post in
            post.brand == brand && post.citations.contains { $0.documentID == documentID } && page.after.map { post.id < $0 } ?? true
        }.sorted { $0.id > $1.id }
        let items = Array(found.prefix(page.limit))
        return Page(items: items, nextCursor: found.count > page.limit ? items.last?.id : nil)
    }
}
