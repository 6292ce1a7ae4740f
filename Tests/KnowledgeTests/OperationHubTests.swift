import Foundation
import Knowledge
import Testing

@testable import Operations

// Foundation has one too.
private typealias Operation = Knowledge.Operation

@Suite struct `Watchers of an operation` {
    private let hub = OperationHub()

    private func operation(_ version: Int, _ state: Operation.State = .running) -> Operation {
        var operation = Operation(
            id: "o", brand: BrandKey(workspace: "w", brand: "b"), kind: .generatePlan, result: .init(type: .plan, id: "p"),
            createdAt: .distantPast)
        operation.version = version
        operation.state = state
        return operation
    }

    /// What a watcher sees from now on; `stored` is what the store has.
    private func watch(_ id: String = "o", after version: Int = 0, stored: Operation? = nil) async -> AsyncStream<OperationNews> {
        await hub.changes(of: id, workspace: "w", after: version) { stored }
    }

    private func versions(_ stream: AsyncStream<OperationNews>) async -> [Int?] {
        await stream.reduce(into: []) { $0.append($1.operation?.version) }
    }

    @Test func `see newer states only, and the last one once`() async {
        let stream = await watch(after: 2, stored: operation(2))
        let seen = Task { await versions(stream) }
        for version in [1, 2, 3, 3, 2] { await hub.publish(operation(version)) }
        // One state is kept for a reader, so it has to have its turn.
        try? await Task.sleep(for: .milliseconds(20))
        await hub.publish(operation(4, .succeeded))
        await hub.publish(operation(4, .succeeded))
        #expect(await seen.value == [3, 4])
    }

    @Test func `who comes after the end sees that it is over`() async {
        #expect(await versions(watch(after: 9, stored: operation(9, .failed))) == [9])
    }

    @Test func `who asks after a version that does not exist sees the end too`() async {
        let stream = await watch(after: 1_000, stored: operation(3))
        await hub.publish(operation(4, .succeeded))
        #expect(await versions(stream) == [4])
    }

    @Test func `who comes when an ended operation is resumed does not see its former end`() async {
        let stream = await hub.changes(of: "o", workspace: "w", after: 0) {
            await hub.publish(operation(9, .failed))
            return operation(10, .queued)
        }
        let seen = Task { await versions(stream) }
        await hub.publish(operation(9, .failed))
        try? await Task.sleep(for: .milliseconds(20))
        await hub.publish(operation(12, .succeeded))
        #expect(await seen.value == [10, 12])
    }

    @Test func `what is told while the store is asked is not lost, whether it answers or not`() async {
        for stored in [operation(1), nil] {
            let stream = await hub.changes(of: "o", workspace: "w", after: 0) {
                await hub.publish(operation(3))
                await hub.publish(operation(2))
                return stored
            }
            var iterator = stream.makeAsyncIterator()
            #expect(await iterator.next()?.operation?.version == 3)
        }
    }

    @Test func `a slow one misses states between, and no sign of life takes the place of a state`() async {
        let stream = await watch()
        await hub.publish(operation(1))
        await hub.publish(operation(2))
        for _ in 0..<40 { await hub.beat() }
        await hub.close()
        #expect(await versions(stream) == [2])
    }

    @Test func `get a sign of life in one of fifteen beats`() async {
        var iterators: [AsyncStream<OperationNews>.Iterator] = []
        for _ in 0..<4 { iterators.append(await watch().makeAsyncIterator()) }
        for _ in 0..<15 { await hub.beat() }
        await hub.close()
        for index in iterators.indices {
            var signs = 0
            while let change = await iterators[index].next() { signs += change.operation == nil ? 1 : 0 }
            #expect(signs == 1)
        }
    }

    @Test func `are let go when the hub closes, and who comes later at once`() async {
        let stream = await watch()
        let other = await watch("other")
        #expect(await hub.watcherCount == 2)
        await hub.close()
        #expect(await versions(stream).isEmpty)
        #expect(await versions(other).isEmpty)
        #expect(await versions(watch()).isEmpty)
    }

    @Test func `are let go when the operation is not there any more`() async {
        let stream = await watch()
        await hub.publish(operation(1))
        await hub.end("o")
        var last: OperationNews?
        for await news in stream { last = news }
        if case .gone = last {} else { Issue.record("\(String(describing: last))") }
    }

    @Test(.timeLimit(.minutes(1))) func `who goes is forgotten`() async {
        let reader = Task { await versions(watch()) }
        while await hub.watcherCount == 0 { await Task.yield() }
        reader.cancel()
        _ = await reader.value
        while await hub.watcherCount > 0 { await Task.yield() }
    }
}
