import Foundation
import JSON
package import Knowledge

// Foundation has one too.
private typealias Operation = Knowledge.Operation

/// What a store does wrong.
package struct ConformanceFailure: Error, CustomStringConvertible {
    package var description: String

    package init(description: String) { self.description = description }
}

/// What the stores of durable work must do, whatever they are made of. Each check leaves its own records behind.
package struct DurableStoresConformance: Sendable {
    package typealias Stores = OperationStore & StepStore & PlanStore & PostStore & AcceptedRequestStore

    private let stores: any Stores
    private let clock = SystemClock()
    private let lease = Lease(token: "worker", duration: .seconds(30))
    private var brand: BrandKey { BrandKey(workspace: "w", brand: "b") }

    package init(_ stores: any Stores) { self.stores = stores }

    /// By name; the stores must hold no operation that can be claimed.
    package static let checks: [(name: String, run: @Sendable (DurableStoresConformance) async throws -> Void)] = [
        ("a claim is one worker's", { try await $0.claims() }),
        ("a lease that is over goes on to another worker, and fences the first", { try await $0.fencing() }),
        ("released and postponed work comes again", { try await $0.handingBack() }),
        ("cancellation is kept", { try await $0.cancellation() }),
        ("terminal work is queued again once", { try await $0.requeueing() }),
        ("an idempotency key is taken once, with all of its work", { try await $0.keys() }),
        ("a finished step keeps its result", { try await $0.steps() }),
        ("a later claim's plan and post stay", { try await $0.records() }),
        ("nothing is another workspace's", { try await $0.workspaces() }),
    ]

    private func require(_ condition: Bool, _ what: String) throws {
        guard condition else { throw ConformanceFailure(description: what) }
    }

    private func operation() -> Operation {
        let id = clock.makeID()
        return Operation(id: id, brand: brand, kind: .generatePlan, result: .init(type: .plan, id: id), createdAt: clock.now)
    }

    private func accepted() async throws -> Operation {
        let operation = operation()
        try await stores.insert(operation, record: nil)
        return operation
    }

    private func claim(_ operation: Operation, _ lease: Lease? = nil) async throws -> ClaimedOperation {
        let claims = try await stores.claim(limit: 10, lease: lease ?? self.lease, quota: ClaimQuota())
        guard let claim = claims.first(where: { $0.operation.id == operation.id }) else {
            throw ConformanceFailure(description: "an available operation is not claimed")
        }
        return claim
    }

    private func end(_ claim: ClaimedOperation, as state: Operation.State = .failed) async throws {
        var operation = claim.operation
        operation.state = state
        try require(try await stores.save(operation, claim: claim), "the holder of the lease cannot write")
    }

    private func stored(_ id: String) async throws -> Operation {
        guard let operation = try await stores.operation(id, workspace: "w") else {
            throw ConformanceFailure(description: "an operation is lost")
        }
        return operation
    }

    private func claims() async throws {
        let operation = try await accepted()
        try require(try await stores.claim(limit: 0, lease: lease, quota: ClaimQuota()).isEmpty, "more is claimed than asked for")
        try require(try await stores.claim(["nobody's"], lease: lease).isEmpty, "what does not exist is claimed")
        let first = try await claim(operation)
        try require(first.operation.state == .running && first.operation.attempts == 1, "a claim counts no attempt")
        try require(try await stores.claim(limit: 10, lease: lease, quota: ClaimQuota()).isEmpty, "claimed work is claimed again")
        try require(try await stores.renew(first, for: .seconds(30)), "the holder cannot renew its lease")
        try await end(first)
        try require(try await stores.claim(limit: 10, lease: lease, quota: ClaimQuota()).isEmpty, "terminal work is claimed")
        try require(try await !stores.save(first.operation, claim: first), "a claim outlives the end of the work")
        try require(try await stores.claim([operation.id], lease: lease).isEmpty, "terminal work is claimed by its name")
        let (other, named) = (try await accepted(), try await accepted())
        let second = try await stores.claim([named.id], lease: lease)
        try require(second.map(\.operation.id) == [named.id] && second[0].operation.attempts == 1, "a name claims other work than its own")
        try require(try await stores.claim([named.id], lease: lease).isEmpty, "claimed work is claimed again by its name")
        try await end(second[0])
        try await end(try await claim(other))
    }

    private func fencing() async throws {
        let operation = try await accepted()
        let first = try await claim(operation, Lease(token: "slow", duration: .milliseconds(30)))
        try await Task.sleep(for: .milliseconds(80))
        let second = try await claim(operation)
        try require(second.epoch > first.epoch && second.operation.attempts == 2, "a new claim has no later epoch")
        try require(try await !stores.save(first.operation, claim: first), "the first worker still writes")
        try require(try await !stores.renew(first, for: .seconds(30)), "the first worker still renews")
        try await stores.release(first)
        try await stores.postpone(first, for: .zero)
        try require(try await stored(operation.id).state == .running, "the first worker gives back what is not its own")
        try await end(second)
    }

    private func handingBack() async throws {
        let operation = try await accepted()
        try await stores.release(try await claim(operation))
        let again = try await claim(operation)
        try require(again.operation.attempts == 1, "a released claim counts as an attempt")
        try await stores.postpone(again, for: .seconds(3))
        try require(try await stored(operation.id).state == .queued, "postponed work is not queued")
        try require(try await stores.claim(limit: 10, lease: lease, quota: ClaimQuota()).isEmpty, "postponed work comes too early")
        try await Task.sleep(for: .milliseconds(3_100))
        let last = try await claim(operation)
        try require(last.operation.attempts == 2, "a postponed claim does not count as an attempt")
        try await end(last)
    }

    private func cancellation() async throws {
        let queued = try await accepted()
        try require(try await stores.requestCancellation(queued.id, workspace: "w")?.operation.state == .cancelled, "queued work goes on")
        let operation = try await accepted()
        let claim = try await claim(operation)
        try require(
            try await stores.requestCancellation(operation.id, workspace: "w")?.operation.state == .running, "running work ends unasked")
        try require(try await stores.save(claim.operation, claim: claim), "the worker cannot write")
        let asked = try await stores.cancellationRequests(among: [operation.id, "none"])
        try require(asked == [operation.id], "the worker's write forgets the cancellation")
        try await end(claim, as: .cancelled)
        try require(try await stores.requestCancellation("none", workspace: "w") == nil, "an unknown operation is cancelled")
    }

    private func requeueing() async throws {
        let operation = try await accepted()
        let claim = try await claim(operation)
        try await expectConflict("running work is queued again") {
            _ = try await stores.requeue(operation.id, workspace: "w", within: nil) { _ in nil }
        }
        try await end(claim)
        let queued = try await stores.requeue(operation.id, workspace: "w", within: nil) { _ in nil }
        try require(queued?.state == .queued && queued?.attempts == 0 && queued?.error == nil, "terminal work is not queued afresh")
        let again = try await self.claim(operation)
        try require(again.epoch > claim.epoch, "a requeued operation's epoch starts anew")
        try await end(again, as: .succeeded)
        try await expectConflict("succeeded work is queued again") {
            _ = try await stores.requeue(operation.id, workspace: "w", within: nil) { _ in nil }
        }
        try require(try await stores.requeue("none", workspace: "w", within: nil) { _ in nil } == nil, "an unknown operation is queued")
    }

    private func keys() async throws {
        let now = clock.now
        func record(_ key: String, at time: Date) -> AcceptedRequest {
            AcceptedRequest(
                workspace: "w", key: key, fingerprint: "f", status: 202, location: nil, body: "{}", operationID: nil, createdAt: time,
                expiresAt: time.addingTimeInterval(60))
        }
        let key = clock.makeID()
        let first = operation()
        try await stores.insert(first, record: record(key, at: now))
        try require(try await stores.acceptedRequest(workspace: "w", key: key, now: now)?.key == key, "the key is not found")
        try require(try await stores.acceptedRequest(workspace: "v", key: key, now: now) == nil, "the key is another workspace's too")
        let second = operation()
        try await expectConflict("a key is taken twice") { try await stores.insert(second, record: record(key, at: now)) }
        try require(try await stores.operation(second.id, workspace: "w") == nil, "work without its key is stored")
        let later = now.addingTimeInterval(61)
        try require(try await stores.acceptedRequest(workspace: "w", key: key, now: later) == nil, "an expired key still stands")
        try await stores.insert(second, record: record(key, at: later))
        for operation in [first, second] { _ = try await stores.requestCancellation(operation.id, workspace: "w") }
    }

    private func steps() async throws {
        let id = clock.makeID()
        let (old, new) = (Fence(operationID: id, epoch: 1), Fence(operationID: id, epoch: 2))
        var step = Step(operationID: id, name: "a/b", inputHash: "h")
        try require(try await stores.begin(step, old), "a step cannot begin")
        step.result = ["$odd.key": ["text": "x\u{0}y", "n": 1.5]]
        step.usage.inputTokens = 7
        try require(try await stores.begin(step, new), "a later claim cannot begin the step again")
        try require(try await !stores.finish(step, old), "an earlier claim finishes the step")
        try require(try await stores.finish(step, new), "a step cannot finish")
        try require(try await !stores.begin(step, old), "an earlier claim begins a finished step")
        let known = try await stores.steps(of: id)
        try require(known.count == 1 && known[0].state == .finished && known[0].attempts == 2, "the step is not counted right")
        try require(known[0].result == step.result && known[0].usage == step.usage, "the result changes in the store")
    }

    private func records() async throws {
        let operation = operation()
        let brief = Plan.Brief(
            start: CalendarDay("2027-01-04")!, days: 1, timeZone: "UTC", posts: 1, channels: [], goals: [], events: [], language: "en",
            onFailure: .cancel)
        var plan = Plan(id: operation.result.id, brand: brand, brief: brief, operationID: operation.id, createdAt: clock.now)
        try await stores.accept(plan, operation, record: nil, within: nil)
        let (old, new) = (Fence(operationID: operation.id, epoch: 1), Fence(operationID: operation.id, epoch: 2))
        plan.state = .ready
        try require(try await stores.save(plan, new), "the holder cannot save the plan")
        plan.state = .failed
        try require(try await !stores.save(plan, old), "an earlier claim saves the plan")
        try require(try await stores.plan(plan.id, workspace: "w")?.state == .ready, "an earlier claim overwrites the plan")
        let several = try await stores.plans([plan.id, "nobody's"], workspace: "w").map(\.id)
        try require(several == [plan.id], "the named plans are others")
        try require(try await stores.plans([plan.id], workspace: "other").isEmpty, "another workspace sees the plan")
        var post = Post(id: plan.id + "-1", brand: brand, slotID: "1", platform: "p", contentType: "c", createdAt: clock.now)
        post.planID = plan.id
        try require(try await stores.save(post, new), "the holder cannot save the post")
        post.text = "old"
        try require(try await !stores.save(post, old), "an earlier claim saves the post")
        try require(try await stores.save(post, new), "the holder cannot save the post twice")
        try require(try await stores.posts(plan: plan.id, workspace: "w").map(\.text) == ["old"], "a post is stored twice")
        try await revisions(of: post, new)
        try await citingPosts(of: plan, new)
        _ = try await stores.requestCancellation(operation.id, workspace: "w")
    }

    private func revisions(of post: Post, _ fence: Fence) async throws {
        let other = Fence(operationID: clock.makeID(), epoch: 1)
        var next = post
        try require(try await !stores.save(next, other), "another operation overwrites the same revision")
        next.revision = 2
        next.text = "new"
        try require(try await stores.save(next, other), "the next revision cannot be saved")
        try require(try await !stores.save(post, fence), "an earlier revision overwrites a later one")
        let stored = try await stores.post(post.id, workspace: "w")
        let several = try await stores.posts([post.id, "nobody's"], workspace: "w").map(\.id)
        try require(several == [post.id], "the named posts are others")
        try require(try await stores.posts([post.id], workspace: "other").isEmpty, "another workspace sees the post")
        try require(stored?.revision == 2 && stored?.text == "new", "the post is not the last revision")
    }

    private func citingPosts(of plan: Plan, _ fence: Fence) async throws {
        let document = "document-of-" + plan.id
        for number in 1...3 {
            var post = Post(id: plan.id + "-c\(number)", brand: brand, slotID: "1", platform: "p", contentType: "c", createdAt: clock.now)
            let cited = number == 3 ? [document, document, "other"] : [document]
            post.citations = cited.map {
                Post.Citation(
                    span: TextSpan(start: 0, end: 1), quote: "q", chunkID: "\($0)-1", documentID: $0, documentTitle: "t", verified: true)
            }
            try require(try await stores.save(post, fence), "the holder cannot save the post")
        }
        let first = try await stores.posts(citing: document, brand: brand, PageRequest(limit: 2))
        try require(first.items.map(\.id) == [plan.id + "-c3", plan.id + "-c2"], "citing posts are not listed once, newest first")
        let rest = try await stores.posts(citing: document, brand: brand, PageRequest(after: first.nextCursor, limit: 2))
        try require(rest.items.map(\.id) == [plan.id + "-c1"] && rest.nextCursor == nil, "the list of citing posts does not end")
        let others = BrandKey(workspace: "v", brand: "b")
        try require(try await stores.posts(citing: document, brand: others, PageRequest()).items.isEmpty, "another workspace's posts show")
    }

    private func workspaces() async throws {
        let operation = try await accepted()
        try require(try await stores.operation(operation.id, workspace: "v") == nil, "another workspace reads")
        try require(try await stores.requestCancellation(operation.id, workspace: "v") == nil, "another workspace cancels")
        try require(try await stores.requeue(operation.id, workspace: "v", within: nil) { _ in nil } == nil, "another workspace resumes")
        try require(try await stores.operations(workspace: "v", OperationFilter(), PageRequest()).items.isEmpty, "another workspace lists")
        let page = try await stores.operations(workspace: "w", OperationFilter(), PageRequest(limit: 1))
        try require(page.items.map(\.id) == [operation.id], "the newest operation is not the first of the list")
        _ = try await stores.requestCancellation(operation.id, workspace: "w")
    }

    private func expectConflict(_ what: String, _ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch StoreError.conflict {
            return
        }
        throw ConformanceFailure(description: what)
    }
}
