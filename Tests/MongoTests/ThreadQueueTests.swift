import Synchronization
import Testing

@testable import Mongo

/// Which thread makes which call.
struct ThreadQueueTests {
    private func job(_ opensSession: Bool = false) -> ThreadQueue.Job {
        ThreadQueue.Job(opensSession: opensSession, run: { _ in }, refuse: {})
    }

    /// A queue whose threads all rest.
    private func rested(_ count: Int) -> ThreadQueue {
        var queue = ThreadQueue(threads: count)
        for thread in 0..<count { _ = queue.take(for: thread) }
        return queue
    }

    @Test func `the thread that rested last is woken, and each call once`() {
        var queue = rested(3)
        #expect(queue.add(job()) == 2 && queue.add(job()) == 1)
        #expect(queue.take(for: 2).job != nil && queue.take(for: 1).job != nil)
        #expect(queue.take(for: 1).job == nil && queue.waitingCount == 0)
    }

    @Test func `a thread with a session makes its calls alone`() {
        var queue = rested(2)
        #expect(queue.add(job(true)) == 1)
        #expect(queue.take(for: 1).job?.opensSession == true)
        queue.noteSession(on: 1)
        #expect(queue.noteOpeningEnd() == nil)
        #expect(queue.take(for: 1).job == nil)
        // Another's call goes to the other thread, which rested before.
        #expect(queue.add(job()) == 0)
        #expect(queue.take(for: 1).job == nil && queue.take(for: 0).job != nil)
        #expect(queue.add(job(), for: 1) == 1 && queue.take(for: 1).job != nil)
        // One thread stays without: the next session waits for the first one's end.
        #expect(queue.add(job(true)) == nil)
        #expect(queue.take(for: 0).job == nil && queue.waitingCount == 1)
        queue.noteSessionEnd(on: 1)
        #expect(queue.take(for: 1).job?.opensSession == true)
        // It came to nothing.
        _ = queue.noteOpeningEnd()
        #expect(queue.add(job(true)) != nil)
    }

    @Test func `a call whose thread got work of its own is another's`() {
        var queue = rested(2)
        #expect(queue.add(job()) == 1)
        #expect(queue.add(job(), for: 1) == nil)
        let (own, woken) = queue.take(for: 1)
        #expect(own != nil && woken == 0 && queue.take(for: 0).job != nil)
    }

    @Test func `what came while a session was opened is not forgotten`() {
        var queue = rested(4)
        #expect(queue.add(job(true)) == 3 && queue.take(for: 3).job != nil)
        queue.noteSession(on: 3)
        // The session counts twice for a moment: as open, and as about to be.
        #expect(queue.add(job(true)) == nil)
        #expect(queue.noteOpeningEnd() == 2 && queue.take(for: 2).job?.opensSession == true)
    }

    @Test func `the oldest is made first, whether it opens a session or not`() {
        var queue = ThreadQueue(threads: 2)
        for opensSession in [false, true, false, true] { _ = queue.add(job(opensSession)) }
        #expect(queue.take(for: 0).job?.opensSession == false)
        #expect(queue.take(for: 0).job?.opensSession == true)
        // Half of the threads have a session: what would open another waits, and holds nobody up.
        #expect(queue.take(for: 1).job?.opensSession == false)
        #expect(queue.take(for: 1).job == nil && queue.waitingCount == 1)
    }

    @Test func `a thread ends after its sessions`() {
        var queue = rested(2)
        #expect(queue.add(job(true)) == 1 && queue.take(for: 1).job != nil)
        queue.noteSession(on: 1)
        _ = queue.noteOpeningEnd()
        _ = queue.close()
        #expect(queue.hasEnded(0) && !queue.hasEnded(1))
        #expect(queue.take(for: 1).job == nil && queue.add(job(), for: 1) == 1 && queue.take(for: 1).job != nil)
        queue.noteSessionEnd(on: 1)
        #expect(queue.hasEnded(1))
    }

    @Test func `a single thread makes all calls, sessions or not`() {
        var queue = rested(1)
        #expect(queue.add(job(true)) == 0)
        #expect(queue.take(for: 0).job != nil)
        queue.noteSession(on: 0)
        _ = queue.noteOpeningEnd()
        #expect(queue.take(for: 0).job == nil)
        #expect(queue.add(job()) == 0 && queue.take(for: 0).job != nil)
    }

    @Test func `what waits when it closes is refused, what belongs to a thread is made`() {
        var queue = ThreadQueue(threads: 1)
        for opensSession in [false, true] { _ = queue.add(job(opensSession)) }
        _ = queue.add(job(), for: 0)
        #expect(queue.close().refused.count == 2)
        #expect(queue.take(for: 0).job != nil && queue.take(for: 0).job == nil)
    }
}
