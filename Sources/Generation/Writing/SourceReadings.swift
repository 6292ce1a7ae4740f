import Synchronization

/// What was read in passages lately: the posts of a week cite the same ones over and over, line by line.
final class SourceReadings: Sendable {
    static let shared = SourceReadings()

    struct Reading: Sendable {
        let figures: [Figure]
        let names: Names

        init(_ text: String) {
            figures = Figure.figures(in: text)
            names = Names(in: text)
        }
    }

    /// Half of the texts that are kept, some kilobytes each.
    private static let generation = 256

    private struct State {
        var current: [String: Reading] = [:]
        /// Of the time before: what is asked for again comes over, the rest goes.
        var former: [String: Reading] = [:]

        mutating func keep(_ reading: Reading, _ text: String) {
            if current.count >= SourceReadings.generation { (former, current) = (current, [:]) }
            current[text] = reading
        }
    }

    private let state = Mutex(State())

    func reading(of text: String) -> Reading {
        let known = state.withLock { state -> Reading? in
            if let found = state.current[text] { return found }
            guard let found = state.former[text] else { return nil }
            state.keep(found, text)
            return found
        }
        if let known { return known }
        let reading = Reading(text)
        state.withLock { $0.keep(reading, text) }
        return reading
    }
}
