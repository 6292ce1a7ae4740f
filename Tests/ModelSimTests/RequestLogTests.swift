import HTTPTypes
import JSON
import Testing

@testable import modelsim

struct RequestLogTests {
    private static func begin(_ log: RequestLog, path: String = "/p", body: [UInt8] = Array("{}".utf8), isJSON: Bool = true)
        -> Int
    {
        log.begin(
            path: path, model: "m", headers: [.authorization: "Bearer secret", .accept: "*/*"], body: body, isJSON: isJSON,
            at: 100)
    }

    private static func report(_ log: RequestLog, limit: Int = 200) throws -> JSON {
        try JSON(parsing: log.snapshot(limit: limit).report)
    }

    @Test func `a call is open until it is finished`() throws {
        let log = RequestLog()
        let first = Self.begin(log)
        let second = Self.begin(log, path: "/q")
        log.finish(first, .clientGone, at: 150)
        let open = try Self.report(log)
        #expect(open["items"]?[0]?["outcome"] == "clientGone")
        #expect(open["items"]?[0]?["finishedAt"] == 150)
        #expect(open["items"]?[1]?["finishedAt"] == .null)
        #expect(open["counts"] == ["/p": 1, "/q": 1])
        #expect(open["inFlight"] == 1)
        #expect(open["peakInFlight"] == 2)
        log.finish(second, .fault("hang"), at: 160)
        #expect(try Self.report(log, limit: 1)["items"]?[0]?["outcome"] == "fault:hang")
    }

    @Test func `headers are shown without the key`() throws {
        let log = RequestLog()
        _ = Self.begin(log)
        #expect(try Self.report(log)["items"]?[0]?["headers"] == ["accept": "*/*"])
    }

    @Test func `bodies are shown as they came unless they are large`() throws {
        let log = RequestLog()
        _ = Self.begin(log, body: Array(#"{"a": [1]}"#.utf8))
        _ = Self.begin(log, body: Array("no \"JSON\"".utf8), isJSON: false)
        _ = Self.begin(log, body: [UInt8](repeating: 0x20, count: 65_537))
        let items = try Self.report(log)["items"]
        #expect(items?[0]?["body"] == ["a": [1]])
        #expect(items?[1]?["body"] == "no \"JSON\"")
        #expect(items?[2]?["body"]?["note"]?.stringValue?.contains("65537") == true)
    }

    @Test func `only the newest calls are kept but all are counted`() throws {
        let log = RequestLog()
        for _ in 0..<(RequestLog.capacity + 10) { log.finish(Self.begin(log), .answered, at: 101) }
        let all = log.snapshot(limit: RequestLog.capacity)
        #expect(all.entries.map(\.index) == Array(10..<(RequestLog.capacity + 10)))
        #expect(all.counts == ["/p": RequestLog.capacity + 10])
        #expect(all.entries.allSatisfy { $0.finishedAt == 101 })
        #expect(log.snapshot(limit: 2).entries.map(\.index) == [RequestLog.capacity + 8, RequestLog.capacity + 9])
    }

    @Test func `a call that outlives a clearing still leaves the count of open ones`() {
        let log = RequestLog()
        let old = Self.begin(log)
        log.clear()
        let new = Self.begin(log)
        log.finish(old, .answered, at: 200)
        let snapshot = log.snapshot(limit: 10)
        #expect(snapshot.entries.map(\.index) == [new])
        #expect(snapshot.entries.map(\.finishedAt) == [nil])
        #expect(snapshot.inFlight == 1)
    }
}
