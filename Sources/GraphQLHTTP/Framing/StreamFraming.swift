import GraphQL
import JSON
import NIOCore

/// How a stream's frames are written.
protocol StreamFraming: Sendable {
    /// Before anything else, so that the client knows at once that it is connected.
    var opening: ByteBuffer { get }
    func answer(_ response: Response) -> ByteBuffer
    var heartbeat: ByteBuffer { get }
    var ending: ByteBuffer { get }
}

/// graphql-sse, distinct connections mode: events `next`, and `complete` at the end.
///
/// Source: PROTOCOL.md of graphql-sse; WHATWG HTML, section 9.2.
struct EventStreamFraming: StreamFraming {
    let opening = ByteBuffer(string: ":\n\n")
    let heartbeat = ByteBuffer(string: ":\n\n")
    // Without a data line browsers would not dispatch the event.
    let ending = ByteBuffer(string: "event: complete\ndata:\n\n")

    func answer(_ response: Response) -> ByteBuffer {
        var bytes = Array("event: next\ndata: ".utf8)
        response.json.write(into: &bytes)
        bytes += Array("\n\n".utf8)
        return ByteBuffer(bytes: bytes)
    }
}

/// Apollo's multipart subscriptions: each part a JSON object, an empty one as a heartbeat.
///
/// Source: Apollo Router documentation, "Multipart HTTP protocol for GraphQL subscriptions"; RFC 2046, section 5.1.
struct MultipartFraming: StreamFraming {
    let opening = ByteBuffer(string: "--graphql")
    let heartbeat = Self.part("{}")
    let ending = ByteBuffer(string: "--\r\n")

    func answer(_ response: Response) -> ByteBuffer {
        Self.part(JSON.object(["payload": response.json]).text)
    }

    /// The boundary behind a part is sent with it: a client knows then that the part is whole.
    private static func part(_ json: String) -> ByteBuffer {
        ByteBuffer(string: "\r\nContent-Type: application/json\r\n\r\n\(json)\r\n--graphql")
    }
}
