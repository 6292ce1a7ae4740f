package import GraphQL
package import HummingbirdCore
package import Logging
package import NIOCore
import NIOHTTP1
package import NIOHTTPTypes
import NIOHTTPTypesHTTP1
package import NIOWebSocket

/// HTTP/1.1 whose connections can become WebSockets with their first request, on the path of GraphQL.
package struct GraphQLServerChannel: HTTPChannelHandler {
    /// What a connection turned out to be.
    package enum Connection: Sendable {
        case http(NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>)
        case webSocket(NIOAsyncChannel<WebSocketFrame, WebSocketFrame>, WebSocketAccess.Handshake, hasSubprotocol: Bool)
    }

    package struct Value: ServerChildChannelValue {
        let connection: EventLoopFuture<Connection>
        package let channel: any Channel
    }

    package let responder: HTTPChannelHandler.Responder
    private let service: GraphQLService
    private let options: GraphQLOptions
    private let idleTimeout: Duration
    private let requestTimeout: Duration
    private let access: WebSocketAccess

    package init(
        responder: @escaping HTTPChannelHandler.Responder, service: GraphQLService, options: GraphQLOptions, idleTimeout: Duration,
        requestTimeout: Duration,
        access: WebSocketAccess
    ) {
        self.responder = responder
        self.service = service
        self.options = options
        self.idleTimeout = idleTimeout
        self.requestTimeout = requestTimeout
        self.access = access
    }

    package func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            let upgrader = NIOTypedWebSocketServerUpgrader<Connection>(
                maxFrameSize: options.messageBytes,
                shouldUpgrade: { channel, head in
                    // What is no request for a WebSocket here does not come so far.
                    let headers: HTTPHeaders =
                        UpgradeRequest(head).wantsSubprotocol ? ["Sec-WebSocket-Protocol": UpgradeRequest.subprotocol] : [:]
                    return channel.eventLoop.makeSucceededFuture(headers)
                },
                upgradePipelineHandler: { channel, head in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandlers([
                            MaskCheck(),
                            NIOWebSocketFrameAggregator(
                                minNonFinalFragmentSize: 0, maxAccumulatedFrameCount: 256, maxAccumulatedFrameSize: options.messageBytes),
                        ])
                        return .webSocket(
                            try NIOAsyncChannel(wrappingChannelSynchronously: channel), UpgradeRequest(head).handshake,
                            hasSubprotocol: UpgradeRequest(head).wantsSubprotocol)
                    }
                })
            let upgrade = NIOTypedHTTPServerUpgradeConfiguration<Connection>(upgraders: [upgrader]) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers([
                        HTTP1ToHTTPServerCodec(secure: false), ConnectionTimes(limit: requestTimeout),
                        HTTPConnectionStateHandler(idleTimeout: idleTimeout, logger: logger),
                    ])
                    return .http(
                        try NIOAsyncChannel(
                            wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true)))
                }
            }
            return Value(connection: try add(upgrade, to: channel.pipeline.syncOperations), channel: channel)
        }
    }

    /// As NIO's own set-up of an upgradable pipeline, with the first request's guard before the upgrade.
    private func add(
        _ upgrade: NIOTypedHTTPServerUpgradeConfiguration<Connection>, to pipeline: ChannelPipeline.SynchronousOperations
    ) throws -> EventLoopFuture<Connection> {
        var limits = NIOHTTPDecoderLimitConfiguration()
        (limits.maxHeaderFieldSize, limits.maxHeaderListSize, limits.maxHeaderFieldCount) = (80 * 1024, 80 * 1024, 1_000)
        let encoder = HTTPResponseEncoder()
        let decoder = ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: limits))
        let head = HeadCheck()
        let first = FirstRequestGuard(options: options, patience: idleTimeout)
        let upgrader = NIOTypedHTTPServerUpgradeHandler(
            httpEncoder: encoder, extraHTTPHandlers: [decoder, head, first], upgradeConfiguration: upgrade)
        try pipeline.addHandlers([encoder, decoder, head, first, upgrader])
        return upgrader.upgradeResultFuture
    }

    package func handle(value: Value, logger: Logger) async {
        do {
            switch try await value.connection.get() {
            case .http(let channel): await handleHTTP(asyncChannel: channel, logger: logger)
            case .webSocket(let channel, let handshake, let hasSubprotocol):
                try await WebSocketConnection.serve(
                    channel, handshake, service: service, options: options, hasSubprotocol: hasSubprotocol, access: access)
            }
        } catch {
            logger.trace("a connection ended before it was one", metadata: ["error": "\(error)"])
            value.channel.close(promise: nil)
        }
    }
}

/// Clients mask their frames (RFC 6455, section 5.1); one that does not is no browser, but a confused proxy.
private final class MaskCheck: ChannelInboundHandler, Sendable {
    typealias InboundIn = WebSocketFrame
    typealias InboundOut = WebSocketFrame

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard unwrapInboundIn(data).maskKey == nil else { return context.fireChannelRead(data) }
        var reason = context.channel.allocator.buffer(capacity: 32)
        reason.write(webSocketErrorCode: .protocolError)
        context.channel.writeAndFlush(WebSocketFrame(fin: true, opcode: .connectionClose, data: reason), promise: nil)
        context.close(promise: nil)
    }
}
