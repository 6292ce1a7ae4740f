package import JSON

/// A model call of an operation, as a checkpoint: it is recorded before the call and after it.
///
/// A finished step is never run again; the only call that can be paid twice is one that was under way when its
/// process died.
package struct Step: Sendable, Hashable {
    package enum State: String, Sendable { case started, finished }

    package var operationID: String
    /// Unique within the operation, and the same over retries and resumes: `pillars`, `slot-3/draft`.
    package var name: String
    /// SHA-256 of what the step is computed from; with another one the stored result does not count.
    package var inputHash: String
    package var state: State
    package var result: JSON
    package var usage: Usage
    /// How many times the step was begun; with 0 it is likely that it has no record yet.
    package var attempts: Int

    package init(
        operationID: String, name: String, inputHash: String, state: State = .started, result: JSON = .null, usage: Usage = Usage(),
        attempts: Int = 0
    ) {
        self.operationID = operationID
        self.name = name
        self.inputHash = inputHash
        self.state = state
        self.result = result
        self.usage = usage
        self.attempts = attempts
    }
}

/// Which claim a worker's write belongs to; a store refuses it once a later claim has written.
package struct Fence: Sendable, Hashable {
    package var operationID: String
    /// Grows with every claim of the operation.
    package var epoch: Int

    package init(operationID: String, epoch: Int) {
        self.operationID = operationID
        self.epoch = epoch
    }
}

/// The steps of the operations. Each method throws `StoreError`.
package protocol StepStore: Sendable {
    /// All steps of the operation, by no order.
    func steps(of operationID: String) async throws -> [Step]
    /// Records that the step begins, once more than `attempts` tells; false when a later claim has written it.
    func begin(_ step: Step, _ fence: Fence) async throws -> Bool
    /// Records the step's result; false when a later claim has written it.
    func finish(_ step: Step, _ fence: Fence) async throws -> Bool
}
