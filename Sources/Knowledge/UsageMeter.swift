/// Knows what the workspaces' model calls cost, and stops those that nobody pays for.
///
/// Whose call it is stands in the task's `WorkContext`.
package protocol UsageMeter: Sendable {
    /// Before a call.
    ///
    /// - Throws: `BudgetExceeded`, `StoreError` when it cannot be told whether somebody pays.
    func admit(model: String) async throws
    /// What a call was billed with, be its answer usable or not.
    func record(_ usage: Usage, model: String)
}

/// The workspace's budget of this month does not cover the call, or the work.
package struct BudgetExceeded: Error, Sendable, Hashable, CustomStringConvertible {
    /// Safe for clients.
    package var description: String

    package init(_ description: String) { self.description = description }
}

/// Counts nothing, and stops nobody.
package struct UnmeteredUsage: UsageMeter {
    package init() {}
    package func admit(model: String) async throws {}
    package func record(_ usage: Usage, model: String) {}
}
