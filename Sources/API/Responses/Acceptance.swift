import HTTPTypes
import Hummingbird
import JSON
import Knowledge
import NIOCore
import Operations

/// Work that was accepted, and the 202 that says so.
struct Acceptance: Sendable {
    var body: JSON
    var location: String?
    /// The one operation that `Prefer: wait` waits for; nil for a list.
    var operation: Operation?
    /// All that was accepted.
    var operations: [Operation]

    init(_ body: JSON, operation: Operation) {
        self.body = body
        self.operation = operation
        operations = [operation]
        location = "/v1/operations/\(operation.id)"
    }

    init(_ body: JSON, list operations: [Operation]) {
        self.body = body
        self.operations = operations
    }
}

/// Accepts each piece of work once, and answers with what became of it.
struct WorkAcceptance: Sendable {
    let dependencies: APIDependencies

    /// How long a repetition waits for the first request to be accepted before it is told to come again.
    private static let patience = Duration.seconds(2)

    /// Runs `accept` unless the request's idempotency key has an answer already, and gives the 202, or with
    /// `Prefer: wait` the finished resource.
    ///
    /// - Parameter accept: stores the work together with the key's record of it.
    func once(
        _ request: Request, _ context: APIRequestContext,
        accept: @Sendable (Request, IdempotencyKey?) async throws -> Acceptance
    ) async throws -> Response {
        var request = request
        let slot = context.slot
        // Before the answer that another key was given.
        if context.parameters.get("brandId") != nil { _ = try context.brandKey() }
        guard let key = try await IdempotencyKey(&request, context, now: dependencies.clock.now) else {
            let acceptance = try await accept(request, nil)
            return try await answer(acceptance, request, slot)
        }
        switch try await once(key, accept: { [request] key in try await accept(request, key) }) {
        case .accepted(let acceptance): return try await answer(acceptance, request, slot)
        case .known(let record): return try await replay(record, key, request, context)
        }
    }

    /// What became of a request with a key: it was accepted now, or before.
    enum Outcome { case accepted(Acceptance), known(AcceptedRequest) }

    func once(
        _ key: IdempotencyKey, accept: @Sendable (IdempotencyKey?) async throws -> Acceptance
    ) async throws -> Outcome {
        try await hold(key)
        do {
            let outcome = try await first(key, accept: accept)
            await dependencies.keysInFlight.end(key)
            return outcome
        } catch {
            await dependencies.keysInFlight.end(key)
            throw error
        }
    }

    private func first(
        _ key: IdempotencyKey, accept: (IdempotencyKey?) async throws -> Acceptance
    ) async throws -> Outcome {
        if let record = try await record(of: key) { return .known(record) }
        do {
            return .accepted(try await accept(key))
        } catch StoreError.conflict {
            // Another process was first with the same key.
            guard let record = try await record(of: key) else { throw StoreError.conflict }
            return .known(record)
        }
    }

    private func record(of key: IdempotencyKey) async throws -> AcceptedRequest? {
        try await dependencies.acceptedRequests.acceptedRequest(workspace: key.workspace, key: key.key, now: key.now)
    }

    private func hold(_ key: IdempotencyKey) async throws {
        let deadline = ContinuousClock.now + Self.patience
        while await !dependencies.keysInFlight.begin(key) {
            guard ContinuousClock.now < deadline else {
                var problem = Problem(.stillRunning, "the first request with this Idempotency-Key is still being accepted")
                problem.headers = [(.retryAfter, "1")]
                throw problem
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// - Throws: `Problem` when the key was sent with another request.
    func check(_ record: AcceptedRequest, _ key: IdempotencyKey) throws(Problem) {
        guard record.fingerprint == key.fingerprint else {
            throw Problem(.idempotencyKeyReused, "this Idempotency-Key was sent before with another method, path or body")
        }
    }

    private func replay(
        _ record: AcceptedRequest, _ key: IdempotencyKey, _ request: Request, _ context: APIRequestContext
    ) async throws -> Response {
        try check(record, key)
        var body = record.body
        if request.preferredWait != nil || context.principal.brands != nil, let id = record.operationID,
            let operation = try await dependencies.operations.operation(id, workspace: key.workspace)
        {
            guard context.principal.sees(operation.brand) else { throw Problem.notFound("operation") }
            switch try await result(of: operation, request, context.slot) {
            case .made(var response):
                response.headers[.idempotentReplayed] = "true"
                return response
            case .ended(let states):
                if let known = try? JSON(parsing: Array(body.utf8)) { body = Self.body(known, states).text }
            case nil: break
            }
        }
        var headers: HTTPFields = [.contentType: "application/json", .idempotentReplayed: "true"]
        headers[.location] = record.location
        return Response(status: .init(code: record.status), headers: headers, body: .init(byteBuffer: ByteBuffer(string: body)))
    }

    private func answer(_ acceptance: Acceptance, _ request: Request, _ slot: WorkspaceGate.Slot?) async throws -> Response {
        CrashPoint.reach("accepted")
        for operation in acceptance.operations { dependencies.runner.wake(for: operation) }
        var body = acceptance.body
        if let operation = acceptance.operation {
            switch try await result(of: operation, request, slot) {
            case .made(let response): return response
            case .ended(let states): body = Self.body(body, states)
            case nil: break
            }
        }
        return Answer.json(body, status: .accepted, headers: acceptance.location.map { [(.location, $0)] } ?? [])
    }

    /// What was accepted, as it is now.
    private static func body(_ accepted: JSON, _ states: [String: JSON]) -> JSON {
        guard var members = accepted.objectValue else { return accepted }
        for (name, state) in states where members[name] != nil { members[name] = state }
        return .object(members)
    }

    /// How work ended that a request waited for.
    private enum Result {
        /// Well: what it made.
        case made(Response)
        /// Not well, or what it made is worked on again: the parts of the 202 as they are now, by name.
        case ended([String: JSON])
    }

    /// Nil when the request does not wait, or the time is over.
    private func result(of operation: Operation, _ request: Request, _ slot: WorkspaceGate.Slot?) async throws -> Result? {
        // Who only waits takes nobody's place.
        if request.preferredWait != nil {
            slot?.leave()
            BodyMemory.Share.current?.giveBack()
        }
        guard let done = try await Waiting(dependencies: dependencies).outcome(of: operation, request) else { return nil }
        let document =
            operation.result.type == .document
            ? try await dependencies.documents.document(operation.result.id, brand: operation.brand) : nil
        var states = ["operation": done.json]
        states["document"] = document?.json
        let isWell = [.succeeded, .partial].contains(done.state) && document?.state ?? .ready == .ready
        guard isWell, let response = try await response(to: operation, document) else { return .ended(states) }
        return .made(response)
    }

    /// What the operation made; nil when it is not there any more.
    private func response(to operation: Operation, _ document: Document?) async throws -> Response? {
        func answer(_ json: JSON, _ status: HTTPResponse.Status, _ path: String) -> Response {
            Answer.json(json, status: status, headers: [(.location, path), (.preferenceApplied, "wait")])
        }
        let (id, brand) = (operation.result.id, operation.brand)
        switch operation.result.type {
        case .document:
            return document.map { answer($0.json, .created, "/v1/brands/\(brand.brand)/documents/\(id)") }
        case .post:
            let status: HTTPResponse.Status = operation.kind == .regeneratePost ? .ok : .created
            return try await dependencies.citedPost(id, workspace: brand.workspace).map { answer($0.json, status, "/v1/posts/\(id)") }
        case .plan:
            guard let plan = try await dependencies.plans.plan(id, workspace: brand.workspace) else { return nil }
            let posts = try await dependencies.citedPosts(plan: id, workspace: brand.workspace)
            return answer(plan.json(posts: posts), .ok, "/v1/plans/\(id)")
        }
    }
}
