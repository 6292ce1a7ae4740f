import Synchronization

/// What was made of texts lately: the posts of a week cite the same passages over and over, line by line.
final class RecentTexts<Value: Sendable>: Sendable {
    /// Half of the texts that are kept, some kilobytes each.
    private static var generation: Int { 256 }

    private struct State {
        var current: [String: Value] = [:]
        /// Of the time before: what is asked for again comes over, the rest goes.
        var former: [String: Value] = [:]

        mutating func keep(_ value: Value, _ text: String) {
            if current.count >= RecentTexts.generation { (former, current) = (current, [:]) }
            current[text] = value
        }
    }

    private let state = Mutex(State())
    private let make: @Sendable (String) -> Value

    init(_ make: @escaping @Sendable (String) -> Value) { self.make = make }

    subscript(_ text: String) -> Value {
        let known = state.withLock { state -> Value? in
            if let found = state.current[text] { return found }
            guard let found = state.former[text] else { return nil }
            state.keep(found, text)
            return found
        }
        if let known { return known }
        let value = make(text)
        state.withLock { $0.keep(value, text) }
        return value
    }
}
