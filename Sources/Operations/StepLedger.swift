package import JSON
package import Knowledge

/// The checkpoints of one operation: a step that is finished gives its result back instead of running again.
package actor StepLedger {
    /// What a step came to.
    package struct Outcome: Sendable {
        package var result: JSON
        package var usage: Usage

        package init(result: JSON, usage: Usage) {
            self.result = result
            self.usage = usage
        }
    }

    private let fence: Fence
    private let store: any StepStore
    private var steps: [String: Step] = [:]

    /// Reads the steps of earlier runs.
    ///
    /// - Throws: `StoreError`.
    package init(fence: Fence, store: any StepStore) async throws {
        self.fence = fence
        self.store = store
        let known = try await Persistence.run { try await store.steps(of: fence.operationID) }
        steps = Dictionary(known.map { ($0.name, $0) }) { first, _ in first }
    }

    /// What all finished steps were paid for, each once.
    package var usage: Usage {
        steps.values.filter { $0.state == .finished }.reduce(Usage()) { $0 + $1.usage }
    }

    /// Gives the stored result when the step is finished and its input the same, else runs `work` between the two
    /// records.
    ///
    /// - Throws: what `work` throws, `LeaseLost`, `StoreError`.
    package func run(_ name: String, inputHash: String, _ work: @Sendable () async throws -> Outcome) async throws -> Outcome {
        if let known = finished(name, inputHash) { return known }
        var step = Step(operationID: fence.operationID, name: name, inputHash: inputHash, attempts: steps[name]?.attempts ?? 0)
        let isOurs = try await Persistence.run { [step, store, fence] in try await store.begin(step, fence) }
        guard isOurs else { throw LeaseLost() }
        step.attempts += 1
        CrashPoint.reach("step.started")
        let outcome = try await work()
        CrashPoint.reach("step.answered")
        try await finish(step, outcome)
        return outcome
    }

    /// Like `run`, for work that asks no language model: it has no record of its begin, and none of its end where the outcome
    /// cost nothing and `isKept` says that another outcome would do as well after a crash.
    package func derive(
        _ name: String, inputHash: String, keeping isKept: @Sendable (Outcome) -> Bool, _ work: @Sendable () async throws -> Outcome
    ) async throws -> Outcome {
        if let known = finished(name, inputHash) { return known }
        let outcome = try await work()
        if outcome.usage != Usage() || isKept(outcome) {
            try await finish(Step(operationID: fence.operationID, name: name, inputHash: inputHash), outcome)
        }
        return outcome
    }

    private func finished(_ name: String, _ inputHash: String) -> Outcome? {
        guard let step = steps[name], step.state == .finished, step.inputHash == inputHash else { return nil }
        return Outcome(result: step.result, usage: step.usage)
    }

    private func finish(_ step: Step, _ outcome: Outcome) async throws {
        var step = step
        step.state = .finished
        step.result = outcome.result
        step.usage = outcome.usage
        // Paid for: it is kept even when the operation is cancelled in this moment.
        let finish = Task { [step, store, fence] in
            try await Persistence.run { try await store.finish(step, fence) }
        }
        guard try await finish.value else { throw LeaseLost() }
        steps[step.name] = step
        CrashPoint.reach("step.finished")
    }
}
