import NIOCore
import NIOHTTP1

/// Refuses requests without a host, or with several: two servers could read them differently (RFC 9112 section 3.2).
final class HostCheck: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart

    private var isOver = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if isOver { return }
        if case .head(let head) = unwrapInboundIn(data), head.version == .http1_1, head.headers["host"].count != 1 {
            isOver = true
            // As if it could not be parsed: answered with 400 in its turn, and the connection closed.
            return context.fireErrorCaught(HTTPParserError.invalidHeaderToken)
        }
        context.fireChannelRead(data)
    }
}
