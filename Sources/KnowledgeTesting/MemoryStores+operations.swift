package import Knowledge

package import struct Foundation.Date

extension MemoryStores: OperationStore {
    package func insert(_ operation: Operation, record: AcceptedRequest?) throws {
        try reach()
        guard storedOperations[operation.id] == nil else { throw StoreError.conflict }
        try insert(record)
        storedOperations[operation.id] = operation
    }

    package func operation(_ id: String, workspace: String) throws -> Operation? {
        try reach()
        return owned(id, workspace)
    }

    package func operations(_ ids: [String], workspace: String) throws -> [Operation] {
        try reach()
        return ids.compactMap { owned($0, workspace) }
    }

    package func operations(workspace: String, _ filter: OperationFilter, _ page: PageRequest) throws -> Page<Operation> {
        try reach()
        let all = storedOperations.values.filter { $0.brand.workspace == workspace && $0.id < page.after ?? "\u{10FFFF}" }
            .filter {
                filter.brands?.contains($0.brand.brand) ?? true && (filter.kind ?? $0.kind, filter.state ?? $0.state) == ($0.kind, $0.state)
            }
            .sorted { $0.id > $1.id }
        let items = Array(all.prefix(page.limit))
        return Page(items: items, nextCursor: all.count > page.limit ? items.last?.id : nil)
    }

    package func claim(limit: Int, lease: Knowledge.Lease, quota: ClaimQuota) throws -> [ClaimedOperation] {
        try reach()
        let now = ContinuousClock.now
        let free = free(at: now)
        var quota = quota
        return claim(free.filter { quota.take($0.brand.workspace) }.prefix(limit), lease, at: now)
    }

    package func claim(_ ids: [String], lease: Knowledge.Lease) throws -> [ClaimedOperation] {
        try reach()
        let now = ContinuousClock.now
        return claim(free(at: now).filter { ids.contains($0.id) }[...], lease, at: now)
    }

    private func free(at now: ContinuousClock.Instant) -> [Operation] {
        storedOperations.values
            .filter { !$0.state.isTerminal && (leases[$0.id]?.until ?? now) <= now }
            .sorted { $0.id < $1.id }
    }

    private func claim(
        _ operations: ArraySlice<Operation>, _ lease: Knowledge.Lease, at now: ContinuousClock.Instant
    ) -> [ClaimedOperation] {
        operations.map { found in
            var operation = found
            operation.state = .running
            operation.attempts += 1
            operation.version += 1
            storedOperations[operation.id] = operation
            let epoch = (leases[operation.id]?.epoch ?? 0) + 1
            leases[operation.id] = Lease(token: lease.token, until: now + lease.duration, epoch: epoch)
            return ClaimedOperation(operation: operation, token: lease.token, epoch: epoch)
        }
    }

    package func renew(_ claim: ClaimedOperation, for duration: Duration) throws -> Bool {
        try reach()
        guard holds(claim) else { return false }
        leases[claim.operation.id]?.until = .now + duration
        return true
    }

    package func save(_ operation: Operation, claim: ClaimedOperation) throws -> Bool {
        try reach()
        guard holds(claim), let stored = storedOperations[operation.id] else { return false }
        var operation = operation
        (operation.attempts, operation.cancelRequested) = (stored.attempts, stored.cancelRequested)
        storedOperations[operation.id] = operation
        if operation.state.isTerminal { free(operation.id) }
        return true
    }

    package func requestCancellation(_ id: String, workspace: String) throws -> (operation: Operation, fence: Fence)? {
        try reach()
        guard var operation = owned(id, workspace) else { return nil }
        switch operation.state {
        case .queued:
            (operation.state, operation.stage, operation.cancelRequested) = (.cancelled, "done", true)
            for index in operation.items.indices where !operation.items[index].state.isTerminal {
                operation.items[index].state = .cancelled
            }
            operation.version += 1
        case .running: operation.cancelRequested = true
        default: break
        }
        storedOperations[id] = operation
        return (operation, Fence(operationID: id, epoch: leases[id]?.epoch ?? 0))
    }

    package func requeue(
        _ id: String, workspace: String, within limit: BudgetGuard?, record: @Sendable (Operation) -> AcceptedRequest?
    ) throws -> Operation? {
        try reach()
        guard var operation = owned(id, workspace) else { return nil }
        guard operation.state.isTerminal, operation.state != .succeeded else { throw StoreError.conflict }
        if let limit { try reserve(operation, within: limit) }
        (operation.state, operation.stage, operation.error) = (.queued, "queued", nil)
        (operation.attempts, operation.cancelRequested) = (0, false)
        operation.version += 1
        try insert(record(operation))
        storedOperations[id] = operation
        return operation
    }

    package func release(_ claim: ClaimedOperation) throws {
        try reach()
        guard holds(claim) else { return }
        storedOperations[claim.operation.id]?.attempts -= 1
        requeue(claim, after: .zero)
    }

    package func postpone(_ claim: ClaimedOperation, for pause: Duration) async throws {
        try reach()
        if holds(claim) { requeue(claim, after: pause) }
        try await Task.sleep(for: answerDelay)
    }

    package func backlog() throws -> (queued: Int, oldest: Date?) {
        try reach()
        let queued = storedOperations.values.filter { $0.state == .queued }
        return (queued.count, queued.map(\.createdAt).min())
    }

    package func cancellationRequests(among ids: [String]) throws -> Set<String> {
        try reach()
        return Set(ids.filter { storedOperations[$0]?.cancelRequested == true })
    }

    private func requeue(_ claim: ClaimedOperation, after pause: Duration) {
        let id = claim.operation.id
        storedOperations[id]?.state = .queued
        storedOperations[id]?.version += 1
        free(id)
        leases[id]?.until = .now + pause
    }

    private func free(_ id: String) {
        leases[id]?.token = ""
        leases[id]?.until = .now
    }
}
