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
        case webSocket(NIOAsyncChannel<WebSocketFrame, WebSocketFrame>, hasSubprotocol: Bool)
    }

    package struct Value: ServerChildChannelValue {
        let connection: EventLoopFuture<Connection>
        package let channel: any Channel
    }

    package let responder: HTTPChannelHandler.Responder
    private let service: GraphQLService
    private let options: GraphQLOptions
    private let idleTimeout: Duration
    private let authenticate: WebSocketAuthentication

    package init(
        responder: @escaping HTTPChannelHandler.Responder, service: GraphQLService, options: GraphQLOptions, idleTimeout: Duration,
        authenticate: @escaping WebSocketAuthentication
    ) {
        self.responder = responder
        self.service = service
        self.options = options
        self.idleTimeout = idleTimeout
        self.authenticate = authenticate
    }

    private static let subprotocol = "graphql-transport-ws"

    package func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            let upgrader = NIOTypedWebSocketServerUpgrader<Connection>(
                maxFrameSize: options.messageBytes,
                shouldUpgrade: { channel, head in
                    guard let refusal = refusal(of: head) else {
                        var headers = HTTPHeaders()
                        if Self.wantsSubprotocol(head) { headers.add(name: "Sec-WebSocket-Protocol", value: Self.subprotocol) }
                        return channel.eventLoop.makeSucceededFuture(headers)
                    }
                    return Self.refuse(channel, refusal.status, refusal.reason)
                },
                upgradePipelineHandler: { channel, head in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandlers([
                            MaskCheck(),
                            NIOWebSocketFrameAggregator(
                                minNonFinalFragmentSize: 0, maxAccumulatedFrameCount: 256, maxAccumulatedFrameSize: options.messageBytes),
                        ])
                        return .webSocket(
                            try NIOAsyncChannel(wrappingChannelSynchronously: channel), hasSubprotocol: Self.wantsSubprotocol(head))
                    }
                })
            let upgrade = NIOTypedHTTPServerUpgradeConfiguration<Connection>(upgraders: [upgrader]) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers([
                        HTTP1ToHTTPServerCodec(secure: false), HTTPConnectionStateHandler(idleTimeout: idleTimeout, logger: logger),
                    ])
                    return .http(
                        try NIOAsyncChannel(
                            wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true)))
                }
            }
            var configuration = NIOUpgradableHTTPServerPipelineConfiguration(upgradeConfiguration: upgrade)
            // As Hummingbird's own channel has them: requests are one after the other there, and errors are answered.
            configuration.enablePipelining = false
            configuration.enableErrorHandling = false
            configuration.enableResponseHeaderValidation = false
            return Value(
                connection: try channel.pipeline.syncOperations.configureUpgradableHTTPServerPipeline(configuration: configuration),
                channel: channel)
        }
    }

    package func handle(value: Value, logger: Logger) async {
        do {
            switch try await value.connection.get() {
            case .http(let channel): await handleHTTP(asyncChannel: channel, logger: logger)
            case .webSocket(let channel, let hasSubprotocol):
                try await WebSocketConnection.serve(
                    channel, service: service, options: options, hasSubprotocol: hasSubprotocol, authenticate: authenticate)
            }
        } catch {
            logger.trace("a connection ended before it was one", metadata: ["error": "\(error)"])
            value.channel.close(promise: nil)
        }
    }

    // MARK: The upgrade

    private static func wantsSubprotocol(_ head: HTTPRequestHead) -> Bool {
        head.headers[canonicalForm: "sec-websocket-protocol"].contains { $0 == Self.subprotocol }
    }

    private func refusal(of head: HTTPRequestHead) -> (status: HTTPResponseStatus, reason: String)? {
        let path = head.uri.prefix { $0 != "?" }
        if path != options.path { return (.notFound, "WebSockets are at \(options.path).") }
        if head.headers["sec-websocket-version"] != ["13"] { return (.upgradeRequired, "The WebSocket version is 13.") }
        if head.headers["sec-websocket-key"].count != 1 { return (.badRequest, "A WebSocket has one key.") }
        if !options.allows(origin: head.headers.first(name: "origin"), host: head.headers.first(name: "host")) {
            return (.forbidden, "Pages of this origin may not open streams here.")
        }
        return nil
    }

    /// NIO has taken the request's head away by now: nobody else would answer it.
    private static func refuse(_ channel: any Channel, _ status: HTTPResponseStatus, _ reason: String) -> EventLoopFuture<HTTPHeaders?> {
        let body = ByteBuffer(string: reason + "\n")
        var headers: HTTPHeaders = [
            "Content-Type": "text/plain; charset=utf-8", "Content-Length": "\(body.readableBytes)", "Connection": "close",
        ]
        if status == .upgradeRequired { headers.add(name: "Sec-WebSocket-Version", value: "13") }
        let head = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
        channel.write(HTTPServerResponsePart.head(head), promise: nil)
        channel.write(HTTPServerResponsePart.body(.byteBuffer(body)), promise: nil)
        return channel.writeAndFlush(HTTPServerResponsePart.end(nil)).flatMap {
            channel.close()
        }.map { nil }
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
