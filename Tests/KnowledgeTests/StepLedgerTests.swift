import JSON
import Knowledge
import KnowledgeTesting
import Operations
import Testing

@Suite struct `A ledger of steps` {
    private let stores = MemoryStores()

    private func ledger(epoch: Int = 1) async throws -> StepLedger {
        try await StepLedger(fence: Fence(operationID: "o", epoch: epoch), store: stores)
    }

    private func paid(_ tokens: Int) -> Usage {
        var usage = Usage()
        usage.embeddingTokens = tokens
        return usage
    }

    @Test func `records nothing of a derivation that cost nothing and may come out otherwise`() async throws {
        let first = try await ledger()
        for result in ["one", "two"] {
            let outcome = try await first.derive("d", inputHash: "h", keeping: { _ in false }) {
                .init(result: .string(result), usage: Usage())
            }
            #expect(outcome.result == .string(result))
        }
        #expect(try await stores.steps(of: "o").isEmpty)
    }

    @Test(arguments: [(0, true), (7, false)])
    func `a derivation that was kept or paid for stays what it was, for a later claim too`(tokens: Int, isKept: Bool) async throws {
        let usage = paid(tokens)
        let first = try await ledger()
        _ = try await first.derive("d", inputHash: "h", keeping: { _ in isKept }) { .init(result: "one", usage: usage) }
        #expect(await first.usage.embeddingTokens == tokens)
        for ledger in [first, try await ledger(epoch: 2)] {
            let again = try await ledger.derive("d", inputHash: "h", keeping: { _ in isKept }) { .init(result: "two", usage: usage) }
            #expect(again.result == "one")
        }
        let other = try await first.derive("d", inputHash: "another", keeping: { _ in isKept }) { .init(result: "two", usage: usage) }
        #expect(other.result == "two")
        #expect(try await stores.steps(of: "o").map(\.attempts) == [0])
    }

    @Test func `counts how often a step was begun, and refuses an earlier claim`() async throws {
        struct Broken: Error {}
        let first = try await ledger()
        await #expect(throws: Broken.self) { _ = try await first.run("s", inputHash: "h") { throw Broken() } }
        let second = try await ledger(epoch: 2)
        _ = try await second.run("s", inputHash: "h") { .init(result: "two", usage: Usage()) }
        #expect(try await stores.steps(of: "o").map(\.attempts) == [2])
        await #expect(throws: LeaseLost.self) { _ = try await first.run("s", inputHash: "h") { .init(result: "one", usage: Usage()) } }
    }
}
