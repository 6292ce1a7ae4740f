/// Which calls go wrong, and how.
struct FaultRule: Sendable {
    enum Trigger: Sendable, Hashable {
        /// The first `skip` calls pass, then `times` fail; nil for ever.
        case counted(skip: Int, times: Int?)
        case probability(Double)
    }

    var path: String?
    var model: String?
    var contains: String?
    var trigger: Trigger
    var action: FaultAction
    private var seen = 0

    init(path: String? = nil, model: String? = nil, contains: String? = nil, trigger: Trigger, action: FaultAction) {
        self.path = path
        self.model = model
        self.contains = contains
        self.trigger = trigger
        self.action = action
    }

    /// Whether this rule takes the call; a call that matches counts even when it passes.
    mutating func takes(_ call: FaultPlan.Call, random: inout SeededRandom) -> Bool {
        guard matches(call) else { return false }
        switch trigger {
        case .probability(let probability): return random.unit() < probability
        case .counted(let skip, let times):
            seen += 1
            guard seen > skip else { return false }
            return times.map { seen <= skip + $0 } ?? true
        }
    }

    private func matches(_ call: FaultPlan.Call) -> Bool {
        if let path, path != call.path { return false }
        if let model, model != call.model { return false }
        guard let contains, !contains.isEmpty else { return true }
        return call.contains(contains)
    }
}
