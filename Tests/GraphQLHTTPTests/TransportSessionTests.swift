import GraphQL
import JSON
import Testing

@testable import GraphQLHTTP

/// Every message and close code of graphql-transport-ws, without a socket.
@Suite struct `A session of graphql-transport-ws` {
    private static let start = #"{"type": "connection_init"}"#
    private static func subscribe(_ id: String) -> String { #"{"id": "\#(id)", "type": "subscribe", "payload": {"query": "{ a }"}}"# }

    private func session(limit: Int = 2, _ events: [TransportSession.Event]) -> (session: TransportSession, last: [TransportSession.Action])
    {
        var session = TransportSession(limit: limit)
        var last: [TransportSession.Action] = []
        for event in events { last = session.handle(event) }
        return (session, last)
    }

    /// A session that was acknowledged.
    private func ready(_ events: [TransportSession.Event], limit: Int = 2) -> [TransportSession.Action] {
        session(limit: limit, [.text(Self.start), .authenticated(true)] + events).last
    }

    @Test func `begins with an acknowledgement`() {
        #expect(session([.text(Self.start)]).last == [.authenticate([:])])
        #expect(session([.text(#"{"type": "connection_init", "payload": {"a": 1}}"#)]).last == [.authenticate(["a": 1])])
        #expect(session([.text(Self.start), .authenticated(true)]).last == [.send(["type": "connection_ack"])])
        #expect(session([.text(Self.start), .authenticated(false)]).last == [.close(.forbidden)])
    }

    @Test func `starts, ends and stops operations`() {
        #expect(ready([.text(Self.subscribe("1"))]) == [.start(1, id: "1", GraphQLRequest(query: "{ a }"))])
        #expect(ready([.text(Self.subscribe("1")), .ended(start: 1)]) == [.send(["id": "1", "type": "complete"])])
        #expect(ready([.text(Self.subscribe("1")), .text(#"{"id": "1", "type": "complete"}"#)]) == [.stop(start: 1)])
        // What ends twice, or was never begun, is over.
        #expect(ready([.text(Self.subscribe("1")), .ended(start: 1), .ended(start: 1)]).isEmpty)
        #expect(ready([.text(#"{"id": "9", "type": "complete"}"#)]).isEmpty)
        // An id is free again behind its end.
        #expect(ready([.text(Self.subscribe("1")), .ended(start: 1), .text(Self.subscribe("1"))]).count == 1)
        // The end of its former use does not end it again.
        #expect(ready([.text(Self.subscribe("1")), .ended(start: 1), .text(Self.subscribe("1")), .ended(start: 1)]).isEmpty)
        var running = session([.text(Self.start), .authenticated(true), .text(Self.subscribe("1"))]).session
        #expect(running.isRunning(1))
        let error = GraphQLError("no", code: "NO")
        #expect(running.fail(1, [error]) == [.send(["id": "1", "type": "error", "payload": [error.json]])])
        #expect(!running.isRunning(1) && running.fail(1, []).isEmpty)
    }

    @Test func `answers pings at any time`() {
        #expect(session([.text(#"{"type": "ping"}"#)]).last == [.send(["type": "pong"])])
        #expect(ready([.text(#"{"type": "ping", "payload": {"a": 1}}"#)]) == [.send(["type": "pong", "payload": ["a": 1]])])
        #expect(ready([.text(#"{"type": "pong"}"#)]).isEmpty)
    }

    @Test func `bounds the operations of a connection`() {
        let actions = ready([.text(Self.subscribe("1")), .text(Self.subscribe("2")), .text(Self.subscribe("3"))])
        guard case .send(let message)? = actions.first else { return #expect(Bool(false), "an error was to be sent") }
        #expect(message["type"] == "error" && message["id"] == "3")
        #expect(message["payload"]?[0]?["extensions"]?["code"] == "SUBSCRIPTION_LIMIT_EXCEEDED")
    }

    static let closings: [(text: String, code: UInt16)] = [
        ("no JSON", 4400), ("[]", 4400), ("{}", 4400), (#"{"type": "nope"}"#, 4400), (#"{"type": 7}"#, 4400),
        (#"{"type": "ping", "payload": "text"}"#, 4400), (#"{"type": "subscribe", "payload": {"query": "{ a }"}}"#, 4400),
        (#"{"id": "", "type": "subscribe", "payload": {"query": "{ a }"}}"#, 4400), (#"{"id": "1", "type": "subscribe"}"#, 4400),
        (#"{"id": "1", "type": "subscribe", "payload": {}}"#, 4400), (#"{"id": "1", "type": "subscribe", "payload": {"query": 7}}"#, 4400),
        (#"{"type": "complete"}"#, 4400), (start, 4429), (subscribe("taken"), 4409),
        (String(repeating: "[", count: 100_000), 4400),
    ]

    @Test(arguments: closings.indices)
    func `closes with the code that the protocol names`(index: Int) {
        let (text, code) = Self.closings[index]
        let actions = ready([.text(Self.subscribe("taken")), .text(text)])
        #expect(actions == [.stop(start: 1), .close(TransportSession.CloseCode(rawValue: code)!)], "\(text.prefix(60))")
    }

    @Test func `closes before and around the acknowledgement`() {
        #expect(session([.text(Self.subscribe("1"))]).last == [.close(.unauthorized)])
        #expect(session([.text(Self.start), .text(Self.subscribe("1"))]).last == [.close(.unauthorized)], "not authenticated yet")
        #expect(session([.text(Self.start), .text(Self.start)]).last == [.close(.tooManyInitializations)])
        #expect(session([.initializationTimeout]).last == [.close(.initializationTimeout)])
        #expect(ready([.initializationTimeout]).isEmpty)
        #expect(ready([.binary]) == [.close(.badRequest)])
        #expect(ready([.text(Self.subscribe("1")), .shutdown]) == [.stop(start: 1), .close(.goingAway)])
        // Nothing follows a close.
        #expect(ready([.shutdown, .text(Self.subscribe("1"))]).isEmpty)
    }

    @Test func `origins are the service's own or listed`() {
        var options = GraphQLOptions()
        options.allowedOrigins = ["https://console.example"]
        let table: [(String?, String?, Bool)] = [
            (nil, "a.example", true), ("http://a.example", "a.example", true), ("https://a.example:8080", "a.example:8080", true),
            ("https://console.example", "a.example", true), ("https://evil.example", "a.example", false), ("null", "a.example", false),
            ("https://a.example.evil.example", "a.example", false), ("http://a.example", nil, false), ("", "", false),
        ]
        for (origin, host, isAllowed) in table { #expect(options.allows(origin: origin, host: host) == isAllowed, "\(origin ?? "none")") }
    }

    @Test func `accept decides the form`() {
        let table: [(String?, String, String?)] = [
            (nil, "application/json", nil), ("*/*", "application/json", nil), ("application/*", "application/json", nil),
            ("application/graphql-response+json", "application/graphql-response+json", nil),
            ("application/graphql-response+json, application/json;q=0.9", "application/graphql-response+json", nil),
            ("text/event-stream", "text/event-stream", "text/event-stream"),
            ("multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/json", "application/json", "multipart/mixed"),
            ("multipart/mixed;q=0.1, text/event-stream;q=0.2, */*", "application/json", "text/event-stream"),
            ("image/png", "", nil), ("application/json;q=0", "", nil),
        ]
        for (accept, single, stream) in table {
            let forms = AnswerForms(accept: accept)
            #expect((forms?.single.contentType ?? "").hasPrefix(single) && (forms == nil) == single.isEmpty, "\(accept ?? "none")")
            #expect(forms?.stream.map { $0.contentType.hasPrefix(stream ?? "-") } == (stream == nil ? nil : true), "\(accept ?? "none")")
        }
    }
}
