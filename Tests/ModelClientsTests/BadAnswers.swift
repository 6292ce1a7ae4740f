import JSON
import Knowledge

/// An upstream's answers to one call and its repetitions (the last one stays), and what must come of them.
struct BadAnswer: Sendable, CustomStringConvertible {
    enum Outcome: Sendable, Equatable { case value, failure(ModelError.Kind) }

    let description: String
    /// Raw bytes of each response; the connection is closed after them. Nil: no answer at all.
    let answers: [String?]
    let outcome: Outcome
    /// Requests that reach the upstream.
    let calls: Int

    init(_ description: String, _ answers: [String?], _ outcome: Outcome, calls: Int) {
        self.description = description
        self.answers = answers
        self.outcome = outcome
        self.calls = calls
    }
}

private let good = #"{"text":"ok"}"#

private func response(_ status: String, _ headers: [String] = [], _ body: String) -> String {
    (["HTTP/1.1 " + status, "connection: close", "content-length: \(body.utf8.count)"] + headers).joined(separator: "\r\n") + "\r\n\r\n"
        + body
}

private func json(_ body: String) -> String { response("200 OK", ["content-type: application/json"], body) }

private func status(_ code: Int, _ headers: [String] = []) -> String {
    response("\(code) Status", headers + ["content-type: application/json"], #"{"error":{"message":"no","code":\#(code)}}"#)
}

/// A whole completion with the content as the model wrote it.
private func completion(_ content: JSON, finish: JSON = "stop", _ more: JSONObject = [:]) -> String {
    var message: JSONObject = ["role": "assistant", "content": content]
    for member in more { message[member.key] = member.value }
    let body: JSON = ["model": "m", "choices": [["index": 0, "message": .object(message), "finish_reason": finish]]]
    return json(body.text)
}

private func stream(_ events: [String], done: Bool = true, lineEnd: String = "\n") -> String {
    let head = ["HTTP/1.1 200 OK", "connection: close", "content-type: text/event-stream"].joined(separator: "\r\n") + "\r\n\r\n"
    return head + (events + (done ? ["[DONE]"] : [])).map { "data: \($0)\(lineEnd)\(lineEnd)" }.joined()
}

private func piece(_ content: String, finish: JSON = .null) -> String {
    let event: JSON = ["choices": [["delta": ["content": .string(content)], "finish_reason": finish]]]
    return event.text
}

extension BadAnswer {
    static let corpus: [BadAnswer] = statuses + wholes + contents + streams + transports

    private static let statuses: [BadAnswer] =
        [
            (204, .rejected, 1), (302, .rejected, 1), (400, .rejected, 1), (401, .unauthorized, 1), (402, .unauthorized, 1),
            (403, .unauthorized, 1), (404, .unknownModel, 1), (405, .rejected, 1), (408, .unavailable, 3), (409, .unavailable, 3),
            (413, .rejected, 1), (418, .rejected, 1), (422, .rejected, 1), (425, .unavailable, 3), (429, .rateLimited, 3),
            (500, .unavailable, 3), (502, .unavailable, 3), (503, .unavailable, 3), (504, .unavailable, 3), (529, .unavailable, 3),
        ].map { (code: Int, kind: ModelError.Kind, calls: Int) in
            BadAnswer("status \(code)", [status(code)], .failure(kind), calls: calls)
        } + [
            BadAnswer("500, then good", [status(500), completion(.string(good))], .value, calls: 2),
            BadAnswer("429 and 503, then good", [status(429), status(503), completion(.string(good))], .value, calls: 3),
            BadAnswer("429 that asks for an hour", [status(429, ["retry-after: 3600"])], .failure(.rateLimited), calls: 1),
            BadAnswer(
                "429 that asks for a date far off", [status(429, ["retry-after: Fri, 31 Dec 2100 23:59:59 GMT"])], .failure(.rateLimited),
                calls: 1),
            BadAnswer(
                "503 in HTML", [response("503 Busy", ["content-type: text/html"], "<h1>busy</h1>")], .failure(.unavailable), calls: 3),
            BadAnswer(
                "redirect to elsewhere", [response("307 Moved", ["location: http://127.0.0.1:1/"], "")], .failure(.rejected), calls: 1),
        ]

    private static let wholes: [BadAnswer] = [
        BadAnswer("empty body", [json("")], .failure(.unavailable), calls: 3),
        BadAnswer("HTML with status 200", [response("200 OK", [], "<html>")], .failure(.unavailable), calls: 3),
        BadAnswer("no JSON", [json("hello")], .failure(.unavailable), calls: 3),
        BadAnswer("garbage behind the JSON", [json("{} {}")], .failure(.unavailable), calls: 3),
        BadAnswer("an array", [json("[]")], .failure(.unavailable), calls: 3),
        BadAnswer("an empty object", [json("{}")], .failure(.unavailable), calls: 3),
        BadAnswer("no choices", [json(#"{"choices":[]}"#)], .failure(.unavailable), calls: 3),
        BadAnswer("choices that are none", [json(#"{"choices":7}"#)], .failure(.unavailable), calls: 3),
        BadAnswer("an empty choice", [json(#"{"choices":[{}]}"#)], .failure(.unavailable), calls: 3),
        BadAnswer("error 502 inside 200", [json(#"{"error":{"code":502,"message":"upstream"}}"#)], .failure(.unavailable), calls: 3),
        BadAnswer("error 429 inside 200", [json(#"{"error":{"code":429}}"#)], .failure(.rateLimited), calls: 3),
        BadAnswer("error 401 inside 200", [json(#"{"error":{"code":401}}"#)], .failure(.unauthorized), calls: 1),
        BadAnswer("error 400 inside 200", [json(#"{"error":{"code":400}}"#)], .failure(.rejected), calls: 1),
        BadAnswer("error without a code", [json(#"{"error":{}}"#)], .failure(.unavailable), calls: 3),
        BadAnswer("error as a text", [json(#"{"error":"overloaded"}"#)], .failure(.unavailable), calls: 3),
        BadAnswer(
            "error in the choice", [json(#"{"choices":[{"error":{"message":"x"},"finish_reason":"stop"}]}"#)], .failure(.unavailable),
            calls: 3),
        BadAnswer("finish_reason length, valid JSON", [completion(.string(good), finish: "length")], .failure(.truncated), calls: 1),
        BadAnswer("finish_reason content_filter", [completion("", finish: "content_filter")], .failure(.refused), calls: 1),
        BadAnswer("finish_reason error", [completion(.string(good), finish: "error")], .failure(.unavailable), calls: 3),
        BadAnswer("finish_reason tool_calls", [completion(.string(good), finish: "tool_calls")], .failure(.invalidOutput), calls: 1),
        BadAnswer("finish_reason null", [completion(.string(good), finish: .null)], .failure(.unavailable), calls: 3),
        BadAnswer("a refusal", [completion(.null, ["refusal": "I can't."])], .failure(.refused), calls: 1),
        BadAnswer(
            "usage as text", [json(#"{"usage":"much","choices":[{"message":{"content":"{\"text\":\"ok\"}"},"finish_reason":"stop"}]}"#)],
            .value, calls: 1),
    ]

    private static let contents: [BadAnswer] =
        [
            ("nothing", ""), ("prose", "sorry"), ("another type", #"{"text":1}"#), ("null", #"{"text":null}"#),
            ("too much", #"{"text":"ok","more":1}"#), ("too little", "{}"), ("a list", #"[{"text":"ok"}]"#), ("a text", #""ok""#),
            ("cut off", #"{"text":"o"#), ("a key twice", #"{"text":"a","text":"b"}"#), ("a lone surrogate", #"{"text":"\ud800"}"#),
            ("NUL", #"{"text":"\u0000"}"#), ("a bomb of brackets", String(repeating: "[", count: 20_000)), ("Python", "{'text': 'ok'}"),
            ("NaN", #"{"text":NaN}"#),
        ].map { name, content in
            BadAnswer("content: \(name)", [completion(.string(content))], .failure(.invalidOutput), calls: 2)
        } + [
            BadAnswer("content: null twice", [completion(.null)], .failure(.invalidOutput), calls: 2),
            BadAnswer("content: an object", [completion(["text": "ok"])], .failure(.invalidOutput), calls: 2),
            BadAnswer("content: prose, then good", [completion("sorry"), completion(.string(good))], .value, calls: 2),
            BadAnswer("content: in a fence", [completion(.string("```json\n\(good)\n```"))], .value, calls: 1),
            BadAnswer("content: with prose around", [completion(.string("Sure! \(good) Enjoy."))], .value, calls: 1),
            BadAnswer("content: a trailing comma", [completion(#"{"text":"ok",}"#)], .value, calls: 1),
            BadAnswer("content: a raw line break", [completion("{\"text\":\"o\nk\"}")], .value, calls: 1),
        ]

    private static let streams: [BadAnswer] = [
        BadAnswer("stream: good in pieces", [stream([piece("{\"text\":"), piece("\"ok\"}", finish: "stop")])], .value, calls: 1),
        BadAnswer("stream: lines end with CR LF", [stream([piece(good, finish: "stop")], lineEnd: "\r\n")], .value, calls: 1),
        BadAnswer(
            "stream: comments between", [stream([piece(good, finish: "stop")]).replacing("data:", with: ": hi\n\ndata:")], .value, calls: 1),
        BadAnswer(
            "stream: usage without choices", [stream([piece(good, finish: "stop"), #"{"choices":[],"usage":{"prompt_tokens":3}}"#])],
            .value,
            calls: 1),
        BadAnswer("stream: no [DONE]", [stream([piece(good, finish: "stop")], done: false)], .failure(.unavailable), calls: 3),
        BadAnswer("stream: [DONE] alone", [stream([])], .failure(.unavailable), calls: 3),
        BadAnswer("stream: comments alone", [stream([], done: false) + ": hi\n\n: hi\n\n"], .failure(.unavailable), calls: 3),
        BadAnswer("stream: no finish_reason", [stream([piece(good)])], .failure(.unavailable), calls: 3),
        BadAnswer("stream: finish_reason length", [stream([piece(good, finish: "length")])], .failure(.truncated), calls: 1),
        BadAnswer("stream: finish_reason error", [stream([piece("{", finish: "error")])], .failure(.unavailable), calls: 3),
        BadAnswer("stream: error after content", [stream([piece("{"), #"{"error":{"code":502}}"#])], .failure(.unavailable), calls: 3),
        BadAnswer("stream: error 429", [stream([#"{"error":{"code":429}}"#])], .failure(.rateLimited), calls: 3),
        BadAnswer("stream: error 402", [stream([#"{"error":{"code":402}}"#])], .failure(.unauthorized), calls: 1),
        BadAnswer("stream: an event that is no JSON", [stream(["{"])], .failure(.unavailable), calls: 3),
        BadAnswer(
            "stream: a refusal", [stream([#"{"choices":[{"delta":{"refusal":"no"},"finish_reason":"stop"}]}"#])], .failure(.refused),
            calls: 1),
        BadAnswer("stream: bad content", [stream([piece("sorry", finish: "stop")])], .failure(.invalidOutput), calls: 2),
        BadAnswer("stream: cut off, then good", [stream([piece("{")], done: false), completion(.string(good))], .value, calls: 2),
    ]

    private static let transports: [BadAnswer] = [
        BadAnswer("closed before the head", [""], .failure(.unavailable), calls: 3),
        BadAnswer("closed within the head", ["HTTP/1.1 200 OK\r\ncontent-"], .failure(.unavailable), calls: 3),
        BadAnswer("closed within the body", ["HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{"], .failure(.unavailable), calls: 3),
        BadAnswer("no HTTP", ["hello\r\n\r\n"], .failure(.unavailable), calls: 3),
        BadAnswer("a broken status line", ["HTTP/1.1 abc\r\n\r\n"], .failure(.unavailable), calls: 3),
        BadAnswer(
            "not the compression it says", [response("200 OK", ["content-encoding: gzip"], "plain")], .failure(.unavailable), calls: 3),
        BadAnswer("a broken chunk", ["HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n"], .failure(.unavailable), calls: 3),
        BadAnswer("an interim response first", ["HTTP/1.1 103 Hints\r\n\r\n" + completion(.string(good))], .value, calls: 1),
        BadAnswer("silence", [nil], .failure(.timedOut), calls: 3),
        BadAnswer("silence, then good", [nil, completion(.string(good))], .value, calls: 2),
    ]
}
