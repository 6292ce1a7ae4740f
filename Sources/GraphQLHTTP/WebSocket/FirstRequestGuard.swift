import HummingbirdCore
import NIOCore
import NIOHTTP1

/// Stands before the upgrade until the first request's head has come: only then is it known who serves the connection.
///
/// It closes a connection on which no head comes in time, or when the service stops; answers what is no HTTP; refuses
/// WebSockets that cannot be had, since the upgrade would take their heads away without an answer; and overlooks other
/// protocols, on which the upgrade would drop the request.
final class FirstRequestGuard: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private enum State { case waiting, passing, refused }

    private let options: GraphQLOptions
    private let patience: Duration
    private var state = State.waiting
    private var deadline: Scheduled<Void>?

    init(options: GraphQLOptions, patience: Duration) {
        self.options = options
        self.patience = patience
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let channel = context.channel
        deadline = context.eventLoop.scheduleTask(in: TimeAmount(patience)) { channel.close(promise: nil) }
    }

    func handlerRemoved(context: ChannelHandlerContext) { deadline?.cancel() }

    func channelInactive(context: ChannelHandlerContext) {
        deadline?.cancel()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch (state, unwrapInboundIn(data)) {
        case (.refused, _): break
        case (.waiting, .head(var head)):
            deadline?.cancel()
            let request = UpgradeRequest(head)
            if request.namesWebSocket, let refusal = request.refusal(options) {
                state = .refused
                return answer(context, refusal.status, refusal.reason)
            }
            state = .passing
            if !request.namesWebSocket { head.headers.remove(name: "upgrade") }
            context.fireChannelRead(wrapInboundOut(.head(head)))
        default: context.fireChannelRead(data)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event is ChannelShouldQuiesceEvent, state == .waiting else { return context.fireUserInboundEventTriggered(event) }
        // A head may be on its way.
        let (channel, bound) = (context.channel, NIOLoopBound(self, eventLoop: context.eventLoop))
        context.eventLoop.scheduleTask(in: ConnectionTimes.farewell) {
            if bound.value.state == .waiting {
                channel.close(promise: nil)
            } else {
                channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
            }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard state == .waiting, error is HTTPParserError else { return context.fireErrorCaught(error) }
        state = .refused
        answer(context, .badRequest, "This is no HTTP/1.1.")
    }

    private func answer(_ context: ChannelHandlerContext, _ status: HTTPResponseStatus, _ reason: String) {
        let body = ByteBuffer(string: reason + "\n")
        var headers: HTTPHeaders = [
            "Content-Type": "text/plain; charset=utf-8", "Content-Length": "\(body.readableBytes)", "Connection": "close",
        ]
        if status == .upgradeRequired { headers.add(name: "Sec-WebSocket-Version", value: "13") }
        context.write(wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: status, headers: headers))), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        context.close(promise: nil)
    }
}
