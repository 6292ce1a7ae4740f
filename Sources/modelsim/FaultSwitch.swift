import Synchronization

/// The fault plan in force, shared by all calls.
final class FaultSwitch: Sendable {
    private let plan: Mutex<FaultPlan>

    init(_ plan: FaultPlan = FaultPlan()) { self.plan = Mutex(plan) }

    func replace(with plan: FaultPlan) { self.plan.withLock { $0 = plan } }

    func action(for call: FaultPlan.Call) -> FaultAction? { plan.withLock { $0.action(for: call) } }
}
