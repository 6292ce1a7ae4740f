import HTTPTypes
import Hummingbird
import JSON
import NIOCore

/// Server-sent events (WHATWG HTML, section 9.2).
enum ServerSentEvent {
    static let mediaType = "text/event-stream"

    static func buffer(_ name: String, id: Int? = nil, _ data: JSON) -> ByteBuffer {
        var bytes = Array("event: \(name)\n\(id.map { "id: \($0)\n" } ?? "")data: ".utf8)
        data.write(into: &bytes)
        bytes += Array("\n\n".utf8)
        return ByteBuffer(bytes: bytes)
    }

    static func response(_ body: ResponseBody) -> Response {
        Response(
            status: .ok, headers: [.contentType: mediaType + "; charset=utf-8", .cacheControl: "no-store", .vary: "Accept"], body: body)
    }
}
