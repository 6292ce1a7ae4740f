import Synchronization

/// What was made of texts lately: the posts of a week cite the same passages over and over, line by line.
final class RecentTexts<Value: Sendable>: Sendable {
    /// Half of the texts that are kept, some kilobytes each.
    private static var generation: Int { 256 }

    private struct State {
        /// By their bytes: texts that are equal as strings may be composed of other scalars.
        var current: [[UInt8]: Value] = [:]
        /// Of the time before: what is asked for again comes over, the rest goes.
        var former: [[UInt8]: Value] = [:]

        mutating func keep(_ value: Value, _ text: [UInt8]) {
            if current.count >= RecentTexts.generation { (former, current) = (current, [:]) }
            current[text] = value
        }
    }

    private let state = Mutex(State())
    private let make: @Sendable (String) -> Value

    init(_ make: @escaping @Sendable (String) -> Value) { self.make = make }

    subscript(_ text: String) -> Value {
        let bytes = Array(text.utf8)
        let known = state.withLock { state -> Value? in
            if let found = state.current[bytes] { return found }
            guard let found = state.former[bytes] else { return nil }
            state.keep(found, bytes)
            return found
        }
        if let known { return known }
        let value = make(text)
        state.withLock { $0.keep(value, bytes) }
        return value
    }
}
