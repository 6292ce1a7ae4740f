import NIOCore
import NIOHTTP1

/// Refuses requests that two servers could read differently: without a host or with several (RFC 9112 section 3.2), and with a
/// body in another coding than one `chunked` (sections 6.1 and 6.3).
///
/// After a request of HTTP/1.0 the connection is closed, since its client may read to the end (section 9.3).
final class HeadCheck: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart

    private var isOver = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if isOver { return }
        guard case .head(var head) = unwrapInboundIn(data) else { return context.fireChannelRead(data) }
        guard Self.isPlain(head) else {
            isOver = true
            // As if it could not be parsed: answered with 400 in its turn, and the connection closed.
            return context.fireErrorCaught(HTTPParserError.invalidHeaderToken)
        }
        if head.version.minor == 0 {
            head.headers.replaceOrAdd(name: "connection", value: "close")
            // It would take 100 (Continue) for the answer (RFC 9110, section 10.1.1).
            head.headers.remove(name: "expect")
        }
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // The parser may find the same head wrong a moment later.
        if !isOver { context.fireErrorCaught(error) }
    }

    private static func isPlain(_ head: HTTPRequestHead) -> Bool {
        let codings = head.headers["transfer-encoding"]
        guard head.version == .http1_1 else { return codings.isEmpty }
        return head.headers["host"].count == 1 && (codings.isEmpty || codings.count == 1 && codings[0].lowercased() == "chunked")
    }
}
