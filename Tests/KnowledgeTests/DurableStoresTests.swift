import Knowledge
import KnowledgeTesting
import LocalParts
import Logging
import Mongo
import MongoStore
import Testing

@Suite struct `Stores of durable work` {
    @Test(arguments: DurableStoresConformance.checks.indices) func `in memory`(check: Int) async throws {
        try await run(check, MemoryStores())
    }

    @Test func `in MongoDB`() async throws {
        let server = try await DatabaseServer()
        let client = try MongoClient(MongoOptions(uri: server.uri), logger: Logger(label: "test"))
        let stores = MongoStores(client: client, database: "conformance")
        try await stores.prepare()
        for check in DurableStoresConformance.checks.indices { try await run(check, stores) }
    }

    private func run(_ check: Int, _ stores: any DurableStoresConformance.Stores) async throws {
        let check = DurableStoresConformance.checks[check]
        do {
            try await check.run(DurableStoresConformance(stores))
        } catch {
            Issue.record("\(check.name): \(error)")
        }
    }
}
