import NIOCore
import NIOHTTPTypes

/// Closes connections of clients that are too slow: a request has a time to arrive in, head and body, and an answer that
/// nobody reads has the same to get on.
///
/// When the server stops, a connection goes on for a moment before it is closed: a request that is sent just then would be
/// lost, and clients are told with each answer that it was the last.
final class ConnectionTimes: ChannelDuplexHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// Between the server's stop and the end of its idle connections.
    static let farewell = TimeAmount.milliseconds(700)

    private let limit: TimeAmount
    private var isRemoved = false
    private var arrival: Scheduled<Void>?
    private var reading: Scheduled<Void>?

    init(limit: Duration) { self.limit = TimeAmount(limit) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head: arrival = closing(context)
        case .body: break
        case .end:
            arrival?.cancel()
            arrival = nil
        }
        context.fireChannelRead(data)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        reading?.cancel()
        reading = context.channel.isWritable ? nil : closing(context)
        context.fireChannelWritabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event is ChannelShouldQuiesceEvent else { return context.fireUserInboundEventTriggered(event) }
        let bound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: Self.farewell) {
            let (handler, context) = bound.value
            if !handler.isRemoved { context.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent()) }
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        isRemoved = true
        cancelAll()
    }

    func channelInactive(context: ChannelHandlerContext) {
        cancelAll()
        context.fireChannelInactive()
    }

    private func cancelAll() {
        arrival?.cancel()
        reading?.cancel()
    }

    private func closing(_ context: ChannelHandlerContext) -> Scheduled<Void> {
        let channel = context.channel
        return context.eventLoop.scheduleTask(in: limit) { channel.close(promise: nil) }
    }
}
