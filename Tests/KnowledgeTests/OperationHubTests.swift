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

    private func versions(_ stream: AsyncStream<Operation?>) async -> [Int?] {
        await stream.reduce(into: []) { $0.append($1?.version) }
    }

    @Test func `see newer states only, and the last one once`() async {
        let stream = await hub.changes(of: "o", workspace: "w", after: 2)
        let seen = Task { await versions(stream) }
        for version in [1, 2, 3, 3, 2] { await hub.publish(operation(version)) }
        // One state is kept for a reader, so it has to have its turn.
        try? await Task.sleep(for: .milliseconds(20))
        await hub.publish(operation(4, .succeeded))
        await hub.publish(operation(4, .succeeded))
        #expect(await seen.value == [3, 4])
    }

    @Test func `who comes after the end sees that it is over`() async {
        let stream = await hub.changes(of: "o", workspace: "w", after: 9)
        await hub.publish(operation(9, .failed))
        #expect(await versions(stream) == [9])
    }

    @Test func `a slow one misses states between, and no sign of life takes the place of a state`() async {
        let stream = await hub.changes(of: "o", workspace: "w", after: 0)
        await hub.publish(operation(1))
        await hub.publish(operation(2))
        for _ in 0..<40 { await hub.beat() }
        await hub.close()
        #expect(await versions(stream) == [2])
    }

    @Test func `get a sign of life in one of fifteen beats`() async {
        var iterators: [AsyncStream<Operation?>.Iterator] = []
        for _ in 0..<4 { iterators.append(await hub.changes(of: "o", workspace: "w", after: 0).makeAsyncIterator()) }
        for _ in 0..<15 { await hub.beat() }
        await hub.close()
        for index in iterators.indices {
            var signs = 0
            while let change = await iterators[index].next() { signs += change == nil ? 1 : 0 }
            #expect(signs == 1)
        }
    }

    @Test func `are let go when the hub closes, and who comes later at once`() async {
        let stream = await hub.changes(of: "o", workspace: "w", after: 0)
        let other = await hub.changes(of: "other", workspace: "w", after: 0)
        #expect(await hub.watcherCount == 2)
        await hub.close()
        #expect(await versions(stream).isEmpty)
        #expect(await versions(other).isEmpty)
        #expect(await versions(hub.changes(of: "o", workspace: "w", after: 0)).isEmpty)
    }

    @Test(.timeLimit(.minutes(1))) func `who goes is forgotten`() async {
        let reader = Task { [hub] in await versions(hub.changes(of: "o", workspace: "w", after: 0)) }
        while await hub.watcherCount == 0 { await Task.yield() }
        reader.cancel()
        _ = await reader.value
        while await hub.watcherCount > 0 { await Task.yield() }
    }
}
