/// Which of the threads does what: calls that any may make, and those that belong to one.
///
/// While a thread has an open session it makes no other's calls: one that waits for a document which the session's transaction
/// has changed would keep the transaction from its end. Half of the threads have none, so that other calls go on.
struct ThreadQueue {
    /// A queued call: `run` makes it, `refuse` answers it when the threads close first.
    struct Job: Sendable {
        let opensSession: Bool
        let run: @Sendable (borrowing Connection) -> Void
        let refuse: @Sendable () -> Void
        /// Its place among all that were added.
        fileprivate var number: UInt64 = 0

        init(
            opensSession: Bool = false, run: @escaping @Sendable (borrowing Connection) -> Void, refuse: @escaping @Sendable () -> Void
        ) {
            self.opensSession = opensSession
            self.run = run
            self.refuse = refuse
        }
    }

    private var shared = FIFO<Job>()
    /// Those of the shared that open sessions: they may have to wait for a session's end.
    private var openings = FIFO<Job>()
    private var jobCount: UInt64 = 0
    private var pinned: [[Job]]
    /// The threads that wait for their semaphores, and were not woken yet.
    private var resting: [Int] = []
    /// How many each thread has open.
    private var sessions: [Int]
    private var openSessionCount = 0
    /// Calls under way that are to open one.
    private var openingCount = 0
    private let sessionLimit: Int
    private(set) var isClosed = false

    init(threads: Int) {
        pinned = Array(repeating: [], count: threads)
        sessions = Array(repeating: 0, count: threads)
        sessionLimit = max(1, threads / 2)
    }

    /// How many calls wait that no thread has been chosen for.
    var waitingCount: Int { shared.count + openings.count }

    // MARK: Adding

    /// - Returns: the thread to wake, if one is.
    mutating func add(_ job: Job) -> Int? {
        var job = job
        jobCount += 1
        job.number = jobCount
        if job.opensSession { openings.append(job) } else { shared.append(job) }
        return wake()
    }

    mutating func add(_ job: Job, for thread: Int) -> Int? {
        pinned[thread].append(job)
        guard let place = resting.lastIndex(of: thread) else { return nil }
        resting.remove(at: place)
        return thread
    }

    /// - Returns: calls that nobody makes any more, and threads to wake.
    mutating func close() -> (refused: [Job], woken: [Int]) {
        defer { (shared, openings, resting, isClosed) = (FIFO(), FIFO(), [], true) }
        return (shared.all + openings.all, resting)
    }

    // MARK: Taking

    /// A call for the thread, its own first; without one it rests.
    mutating func take(for thread: Int) -> (job: Job?, woken: Int?) {
        if !pinned[thread].isEmpty {
            // What it was woken for may be another's to make now.
            return (pinned[thread].removeFirst(), wake())
        }
        if isFree(thread), let job = popOldest() { return (job, wake()) }
        if !hasEnded(thread) { resting.append(thread) }
        return (nil, nil)
    }

    private mutating func popOldest() -> Job? {
        guard mayOpenSession, let opening = openings.first, opening.number < shared.first?.number ?? .max else { return shared.popFirst() }
        openingCount += 1
        return openings.popFirst()
    }

    /// A resting thread for what waits, if there are both.
    private mutating func wake() -> Int? {
        guard shared.count > 0 || openings.count > 0 && mayOpenSession else { return nil }
        return resting.lastIndex(where: isFree).map { resting.remove(at: $0) }
    }

    /// With a single thread everybody's calls have to go on beside a session's.
    private func isFree(_ thread: Int) -> Bool { sessions[thread] == 0 || sessions.count == 1 }

    // MARK: Sessions

    private var mayOpenSession: Bool { openSessionCount + openingCount < sessionLimit }

    mutating func noteSession(on thread: Int) {
        sessions[thread] += 1
        openSessionCount += 1
    }

    mutating func noteSessionEnd(on thread: Int) {
        sessions[thread] -= 1
        openSessionCount -= 1
    }

    /// A call that was to open a session has ended; whether it did is noted by itself.
    ///
    /// - Returns: a thread to wake: what came meanwhile may have been kept from opening one.
    mutating func noteOpeningEnd() -> Int? {
        openingCount -= 1
        return wake()
    }

    /// Whether the thread is done: none of its sessions is there to be destroyed.
    func hasEnded(_ thread: Int) -> Bool { isClosed && sessions[thread] == 0 && pinned[thread].isEmpty }
}

/// First in, first out; taking one is O(1) on average.
private struct FIFO<Element> {
    /// Nil where it was taken: what an element holds may post when it is let go, and must not be let go under a lock.
    private var elements: [Element?] = []
    private var head = 0

    var count: Int { elements.count - head }
    var first: Element? { head < elements.count ? elements[head] : nil }
    var all: [Element] { elements[head...].compactMap { $0 } }

    mutating func append(_ element: Element) { elements.append(element) }

    mutating func popFirst() -> Element? {
        guard head < elements.count else { return nil }
        let element = elements[head].take()
        head += 1
        if head * 2 > elements.count {
            elements.removeFirst(head)
            head = 0
        }
        return element
    }
}
