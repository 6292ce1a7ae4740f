import BSON
import Foundation
import LocalParts
import Logging
import Mongo
import Testing

@Suite(.serialized) struct `A MongoDB client` {
    private func connect(_ server: DatabaseServer) throws -> MongoClient {
        try MongoClient(MongoOptions(uri: server.uri), logger: Logger(label: "test"))
    }

    @Test func `reads and writes documents`() async throws {
        let server = try await DatabaseServer()
        let things = try connect(server).database("test").collection("things")
        try await things.insert((0..<600).map { ["_id": .int64($0), "even": .bool($0 % 2 == 0)] })
        var seen: [Int64] = []
        for try await thing in try await things.find(["even": true], FindOptions(sort: ["_id": 1], batchSize: 50)) {
            seen.append(thing["_id"]?.integerValue ?? -1)
        }
        #expect(seen == Array(stride(from: 0, to: 600, by: 2)))
        #expect(try await things.count(["even": false]) == 300)
        #expect(try await things.updateOne(["_id": 900], ["$set": ["x": 1]], upsert: true).upserted == 1)
        #expect(try await things.updateMany(["even": true], ["$set": ["x": 2]]).modified == 300)
        #expect(try await things.deleteMany(["even": false]) == 300)
        let changed = try await things.findAndModify(["_id": 2], .update(["$inc": ["x": 5]]))
        #expect(changed?["x"]?.integerValue == 7)
        #expect(try await things.aggregate([["$match": ["x": 7]]]).collect(limit: 5).count == 1)
        try await things.createIndexes([MongoIndex(["x": 1])])
        try await things.createIndexes([MongoIndex(["x": 1])])
    }

    @Test func `leaves nothing in shared memory, however the process ends`() async throws {
        _ = try connect(try await DatabaseServer())
        #expect(!FileManager.default.fileExists(atPath: "/dev/shm/mongoc-\(getpid())"))
    }

    @Test(.timeLimit(.minutes(1))) func `many cursors at once are dropped half read`() async throws {
        let server = try await DatabaseServer()
        let things = try connect(server).database("test").collection("things")
        try await things.insert((0..<10).map { ["_id": .int64($0)] })
        server.process.kill(SIGSTOP)
        let calls = (0..<400).map { _ in Task { try await things.find([:], FindOptions(batchSize: 2)).collect(limit: 1).count } }
        // Now they wait in one long queue.
        try await Task.sleep(for: .milliseconds(300))
        server.process.kill(SIGCONT)
        for call in calls { #expect(try await call.value == 1) }
    }

    @Test func `tells a duplicate key and a document that is too large`() async throws {
        let server = try await DatabaseServer()
        let things = try connect(server).database("test").collection("things")
        try await things.insert(["_id": 1])
        let duplicate = await #expect(throws: MongoError.self) { try await things.insert(["_id": 1]) }
        #expect(duplicate?.kind == .duplicateKey)
        let large = await #expect(throws: MongoError.self) {
            try await things.insert(["_id": 2, "x": .string(String(repeating: "x", count: 16 << 20))])
        }
        #expect(large?.kind == .invalidDocument)
    }

    @Test func `commits a transaction or leaves nothing`() async throws {
        let server = try await DatabaseServer()
        let client = try connect(server)
        let things = client.database("test").collection("things")
        try await things.insert(["_id": 0])
        try await client.withTransaction { session in
            try await things.insert(["_id": 1], session: session)
            try await things.insert(["_id": 2], session: session)
        }
        await #expect(throws: CancellationError.self) {
            try await client.withTransaction { session in
                try await things.insert(["_id": 3], session: session)
                throw CancellationError()
            }
        }
        #expect(try await things.count() == 3)
    }

    @Test(arguments: [["errorCode": 10107], ["errorCode": 91], ["errorCode": 11600], ["closeConnection": true]] as [BSONDocument])
    func `survives a stepdown and a closed connection`(fault: BSONDocument) async throws {
        let server = try await DatabaseServer()
        let client = try connect(server)
        let things = client.database("test").collection("things")
        try await things.insert(["_id": 0])
        var data = fault
        data["failCommands"] = ["insert", "find"]
        let admin = client.database("admin")
        try await admin.run(["configureFailPoint": "failCommand", "mode": ["times": 1], "data": .document(data)], .write)
        try await things.insert(["_id": 1])
        try await admin.run(["configureFailPoint": "failCommand", "mode": ["times": 1], "data": .document(data)], .write)
        #expect(try await things.findOne(["_id": 1]) != nil)
    }

    @Test func `a transaction goes on while others wait for what it has changed`() async throws {
        let server = try await DatabaseServer()
        let client = try connect(server)
        let things = client.database("test").collection("things")
        try await things.insert(["_id": 0, "x": 0])
        let start = ContinuousClock.now
        for _ in 0..<20 {
            try await client.withTransaction { session in
                try await things.updateOne(["_id": 0], ["$inc": ["x": 1]], session: session)
                // Whatever thread makes it, it is not the transaction's.
                let other = Task { try await things.updateOne(["_id": 0], ["$inc": ["x": 100]]) }
                try await Task.sleep(for: .milliseconds(5))
                try await things.updateOne(["_id": 0], ["$inc": ["x": 1]], session: session)
                other.cancel()
            }
        }
        #expect(ContinuousClock.now - start < .seconds(10))
        #expect((try await things.findOne(["_id": 0])?["x"]?.integerValue ?? 0) % 100 == 40)
    }

    @Test func `a suspended server blocks neither the process nor a cancelled caller`() async throws {
        let server = try await DatabaseServer()
        let things = try connect(server).database("test").collection("things")
        try await things.insert(["_id": 0])
        server.process.kill(SIGSTOP)
        // The signal is on its way: what is asked before it has come may still be answered.
        try await Task.sleep(for: .milliseconds(100))
        let callers = (0..<50).map { _ in Task { try await things.findOne(["_id": 0]) } }
        var longestGap = Duration.zero
        for _ in 0..<60 {
            let start = ContinuousClock.now
            try await Task.sleep(for: .milliseconds(5))
            longestGap = max(longestGap, ContinuousClock.now - start)
        }
        #expect(longestGap < .milliseconds(400))
        let start = ContinuousClock.now
        for caller in callers { caller.cancel() }
        for caller in callers { await #expect(throws: CancellationError.self) { try await caller.value } }
        #expect(ContinuousClock.now - start < .milliseconds(400))
        server.process.kill(SIGCONT)
        #expect(try await things.findOne(["_id": 0]) != nil)
    }

    @Test func `acknowledged writes outlive a killed server`() async throws {
        let server = try await DatabaseServer()
        let client = try connect(server)
        let things = client.database("test").collection("things")
        try await things.insert(["_id": -1])
        let writer = Task {
            var acknowledged: [Int64] = []
            for id in Int64(0)..<5_000 {
                do { try await things.insert(["_id": .int64(id)]) } catch { break }
                acknowledged.append(id)
            }
            return acknowledged
        }
        try await Task.sleep(for: .milliseconds(300))
        try await server.process.stop()
        let acknowledged = await writer.value
        let again = try await DatabaseServer(storage: server.storage, port: server.port)
        var stored: Set<Int64> = []
        for try await thing in try await things.find() { stored.insert(thing["_id"]?.integerValue ?? -2) }
        #expect(!acknowledged.isEmpty)
        #expect(Set(acknowledged).subtracting(stored).isEmpty)
        #expect(again.process.isRunning)
    }

    @Test func `an unreachable server is unavailable within its timer`() async throws {
        let client = try MongoClient(MongoOptions(uri: "mongodb://127.0.0.1:\(Ports.free())"), logger: Logger(label: "test"))
        let start = ContinuousClock.now
        let error = await #expect(throws: MongoError.self) { try await client.database("test").ping() }
        #expect(error?.kind == .unavailable)
        #expect(ContinuousClock.now - start < .seconds(5))
        client.close()
        let closed = await #expect(throws: MongoError.self) { try await client.database("test").ping() }
        #expect(closed?.kind == .unavailable)
    }

    @Test func `a change stream tells of every write in order`() async throws {
        let server = try await DatabaseServer()
        let things = try connect(server).database("test").collection("things")
        try await things.insert(["_id": -1])
        let events = things.watch().makeAsyncIterator()
        while case .idle? = try await events.next() { break }
        for id in 0..<30 { try await things.insert(["_id": .int64(Int64(id))]) }
        var seen: [Int64] = []
        while seen.count < 30, let event = try await events.next() {
            if case .change(let change, _) = event { seen.append(change["fullDocument"]?["_id"]?.integerValue ?? -2) }
        }
        #expect(seen == Array(0..<30))
    }

    @Test(arguments: [0, 1, GridFSBucket.chunkSize, GridFSBucket.chunkSize * 3 + 7])
    func `files survive in GridFS`(count: Int) async throws {
        let server = try await DatabaseServer()
        let database = try connect(server).database("test")
        let bucket = GridFSBucket(database: database, name: "media")
        try await bucket.createIndexes()
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try await bucket.upload(bytes, id: "f", filename: "f.png")
        let file = try #require(try await bucket.file("f"))
        #expect(try await bucket.read(file) == bytes)
        if count > GridFSBucket.chunkSize {
            try await database.collection("media.chunks").deleteOne(["n": 1])
            await #expect(throws: MongoError.self) { try await bucket.read(file) }
        }
        try await bucket.delete("f")
        #expect(try await bucket.file("f") == nil)
    }
}
