import HummingbirdCore
import Logging
import NIOCore

/// HTTP/1.1 that cancels the task of a call as soon as its client closes the connection.
///
/// Hummingbird's own `consumeWithCancellationOnInboundClose` does so too but closes the connection after each
/// answer, which would make every client reconnect.
struct WatchedHTTP1Channel: ServerChildChannel {
    typealias Value = HTTP1Channel.Value

    private let channel: HTTP1Channel

    init(responder: @escaping HTTPChannelHandler.Responder) { channel = HTTP1Channel(responder: responder) }

    /// Takes the end of the client's stream for the end of the connection: no client here closes one half only.
    func setup(channel connection: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        connection.setOption(.allowRemoteHalfClosure, value: false).flatMap {
            channel.setup(channel: connection, logger: logger)
        }
    }

    func handle(value: Value, logger: Logger) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await channel.handle(value: value, logger: logger) }
            group.addTask {
                // How the connection came to its end makes no difference.
                try? await value.channel.closeFuture.get()
            }
            await group.next()
            group.cancelAll()
        }
    }
}
