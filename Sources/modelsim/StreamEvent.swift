/// Bytes of a stream of server-sent events, and how long to wait before they are sent.
struct StreamEvent: Hashable {
    var bytes: [UInt8]
    var pause: Duration = .zero

    static let done = StreamEvent(bytes: Array("data: [DONE]\n\n".utf8))
}
