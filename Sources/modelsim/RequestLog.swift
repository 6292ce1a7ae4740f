import HTTPTypes
import Synchronization

/// The newest calls with their times, kept in a ring, and counts of all of them.
final class RequestLog: Sendable {
    struct Entry: Sendable {
        var index: Int
        var path: String
        var model: String?
        var startedAt: Int64
        var finishedAt: Int64?
        var outcome: Outcome?
        var headers: HTTPFields
        var body: Body
    }

    enum Outcome: Sendable, Hashable {
        case answered, clientGone
        case fault(String)
    }

    /// What is kept of a body: its bytes, or its size when they are too many.
    enum Body: Sendable {
        case json([UInt8])
        case other([UInt8])
        case tooLarge(Int)
    }

    /// What the log holds at one moment.
    struct Snapshot: Sendable {
        var entries: [Entry]
        var counts: [String: Int]
        var inFlight: Int
        var peakInFlight: Int
    }

    static let capacity = 5000
    static let largestBody = 65_536

    private struct State {
        var ring: [Entry] = []
        var oldest = 0
        var next = 0
        var counts: [String: Int] = [:]
        var inFlight = 0
        var peakInFlight = 0

        /// The ring's place for a call that it still holds.
        func place(of index: Int) -> Int? {
            guard index >= oldest, index >= next - RequestLog.capacity, index < next else { return nil }
            return (index - oldest) % RequestLog.capacity
        }
    }

    private let state = Mutex(State())

    /// Notes that a call has begun and gives the number to finish it with.
    func begin(path: String, model: String?, headers: HTTPFields, body: [UInt8], isJSON: Bool, at time: Int64) -> Int {
        let kept: Body = body.count > Self.largestBody ? .tooLarge(body.count) : isJSON ? .json(body) : .other(body)
        return state.withLock { state in
            let entry = Entry(index: state.next, path: path, model: model, startedAt: time, headers: headers, body: kept)
            if state.ring.count < Self.capacity {
                state.ring.append(entry)
            } else {
                state.ring[(state.next - state.oldest) % Self.capacity] = entry
            }
            state.next += 1
            state.counts[path, default: 0] += 1
            state.inFlight += 1
            state.peakInFlight = max(state.peakInFlight, state.inFlight)
            return entry.index
        }
    }

    /// Notes how a call ended; must be called once for each that began.
    func finish(_ index: Int, _ outcome: Outcome, at time: Int64) {
        state.withLock { state in
            state.inFlight -= 1
            guard let place = state.place(of: index) else { return }
            state.ring[place].finishedAt = time
            state.ring[place].outcome = outcome
        }
    }

    /// The newest entries, oldest first.
    func snapshot(limit: Int) -> Snapshot {
        state.withLock { state in
            let start = max(state.oldest, state.next - min(limit, Self.capacity))
            let entries = (start..<state.next).map { state.ring[(($0 - state.oldest) % Self.capacity)] }
            return Snapshot(
                entries: entries, counts: state.counts, inFlight: state.inFlight, peakInFlight: state.peakInFlight)
        }
    }

    /// Forgets all calls and counts; calls that are still open stay in flight, and numbers go on.
    func clear() {
        state.withLock { state in
            state.ring = []
            state.oldest = state.next
            state.counts = [:]
            state.peakInFlight = state.inFlight
        }
    }
}
