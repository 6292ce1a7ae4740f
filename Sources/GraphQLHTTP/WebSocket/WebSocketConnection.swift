import GraphQL
package import JSON
import Logging
import NIOCore
import NIOWebSocket
import ServiceLifecycle
import Synchronization

/// Gives a WebSocket's `connection_init` payload its meaning.
package typealias WebSocketAuthentication = @Sendable (_ payload: JSON) async -> (any Sendable)?

/// The input and output around a `TransportSession`: frames in and out, a task for each operation.
final class WebSocketConnection: Sendable {
    typealias Channel = NIOAsyncChannel<WebSocketFrame, WebSocketFrame>

    private struct State {
        var session: TransportSession
        var operations: [String: Task<Void, Never>] = [:]
        var context: (any Sendable)?
        var lastFrame = ContinuousClock.now
        var isClosing = false
    }

    private let service: GraphQLService
    private let options: GraphQLOptions
    private let authenticate: WebSocketAuthentication
    private let outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>
    private let channel: any NIOCore.Channel
    private let state: Mutex<State>

    /// Serves the connection until it ends.
    static func serve(
        _ channel: Channel, service: GraphQLService, options: GraphQLOptions, hasSubprotocol: Bool,
        authenticate: @escaping WebSocketAuthentication
    ) async throws {
        try await channel.executeThenClose { inbound, outbound in
            let connection = WebSocketConnection(service, options, authenticate, outbound, channel.channel)
            guard hasSubprotocol else { return await connection.close(.subprotocolNotAcceptable) }
            await withGracefulShutdownHandler {
                await connection.run(inbound)
            } onGracefulShutdown: {
                Task { await connection.handle(.shutdown) }
            }
        }
    }

    private init(
        _ service: GraphQLService, _ options: GraphQLOptions, _ authenticate: @escaping WebSocketAuthentication,
        _ outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>, _ channel: any NIOCore.Channel
    ) {
        self.service = service
        self.options = options
        self.authenticate = authenticate
        self.outbound = outbound
        self.channel = channel
        state = Mutex(State(session: TransportSession(limit: options.subscriptions)))
    }

    private func run(_ inbound: NIOAsyncChannelInboundStream<WebSocketFrame>) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.read(inbound) }
            group.addTask {
                // Cancellation ends the sleep; then the connection is over.
                try? await Task.sleep(for: self.options.initialization)
                if !Task.isCancelled { await self.handle(.initializationTimeout) }
                await self.keepAlive()
            }
            // Whichever ends first: the client is gone, or silent.
            await group.next()
            group.cancelAll()
        }
        let operations = state.withLock { state in
            defer { state.operations = [:] }
            return state.operations.values
        }
        for operation in operations { operation.cancel() }
        for operation in operations { await operation.value }
    }

    // MARK: Frames

    private func read(_ inbound: NIOAsyncChannelInboundStream<WebSocketFrame>) async {
        do {
            for try await frame in inbound {
                state.withLock { $0.lastFrame = .now }
                switch frame.opcode {
                case .text:
                    guard let text = String(validating: Array(frame.unmaskedData.readableBytesView), as: UTF8.self) else {
                        return await close(WebSocketErrorCode.dataInconsistentWithMessage, "Text is not UTF-8")
                    }
                    await handle(.text(text))
                case .binary: await handle(.binary)
                case .ping: try await outbound.write(WebSocketFrame(fin: true, opcode: .pong, data: frame.unmaskedData))
                case .connectionClose:
                    // The other side of the handshake, unless it began here.
                    if !state.withLock({ $0.isClosing }) {
                        try await outbound.write(WebSocketFrame(fin: true, opcode: .connectionClose, data: frame.unmaskedData))
                    }
                    return
                default: break
                }
            }
        } catch {
            // The connection broke; what ran for it ends with it.
        }
    }

    /// Pings, and gives up a client from which nothing came for three of them.
    private func keepAlive() async {
        while !Task.isCancelled {
            // Cancellation shows at the next turn.
            try? await Task.sleep(for: options.heartbeat)
            let silence = state.withLock { ContinuousClock.now - $0.lastFrame }
            if silence > options.heartbeat * 3 { return }
            // A broken connection shows where it is read.
            try? await outbound.write(WebSocketFrame(fin: true, opcode: .ping, data: ByteBuffer()))
        }
    }

    private func send(_ message: JSON) async {
        // A broken connection shows where it is read.
        try? await outbound.write(WebSocketFrame(fin: true, opcode: .text, data: ByteBuffer(bytes: message.utf8Bytes)))
    }

    private func close(_ code: TransportSession.CloseCode) async { await close(.init(codeNumber: Int(code.rawValue)), code.reason) }

    private func close(_ code: WebSocketErrorCode, _ reason: String) async {
        state.withLock { $0.isClosing = true }
        var data = ByteBuffer()
        data.write(webSocketErrorCode: code)
        data.writeString(reason)
        // When the client is gone already, closing is all that is left.
        try? await outbound.write(WebSocketFrame(fin: true, opcode: .connectionClose, data: data))
        // A second for the client's own close frame, which lets it see ours.
        channel.eventLoop.scheduleTask(in: .seconds(1)) { [channel] in channel.close(promise: nil) }
    }

    // MARK: Session

    private func handle(_ event: TransportSession.Event) async {
        await perform(state.withLock { $0.session.handle(event) })
    }

    private func perform(_ actions: [TransportSession.Action]) async {
        for action in actions {
            switch action {
            case .send(let message): await send(message)
            case .authenticate(let payload):
                let context = await authenticate(payload)
                state.withLock { $0.context = context }
                await handle(.authenticated(context != nil))
            case .start(let id, let request): start(id, request)
            case .stop(let id): state.withLock { $0.operations.removeValue(forKey: id) }?.cancel()
            case .close(let code): await close(code)
            }
        }
    }

    private func start(_ id: String, _ request: GraphQLRequest) {
        state.withLock { state in
            let context = state.context ?? ()
            state.operations[id] = Task {
                await self.run(id, request, context)
                // A task that was cancelled was taken out already, and its id may be in use again.
                if !Task.isCancelled { self.state.withLock { $0.operations[id] = nil } }
            }
        }
    }

    private func run(_ id: String, _ request: GraphQLRequest, _ context: any Sendable) async {
        switch service.prepare(request) {
        case .failure(let refusal): await fail(id, refusal.errors)
        case .success(let prepared):
            guard prepared.kind == .subscription else {
                await answer(id, await service.execute(prepared, context: context))
                return await end(id)
            }
            do {
                try await follow(id, try await service.subscribe(prepared, context: context))
                await end(id)
            } catch let refusal as GraphQLService.Refusal {
                await fail(id, refusal.errors)
            } catch {
                // Cancelled: the client is gone, or does not want more.
            }
        }
    }

    private func follow(_ id: String, _ answers: any EventSequence<Response>) async throws {
        try await consume(
            id,
            EventFrames.make(
                answers, heartbeat: options.heartbeat, lifetime: options.subscriptionLifetime, closing: AsyncStream { _ in }))
    }

    private func consume<Frames: AsyncSequence & Sendable>(_ id: String, _ frames: Frames) async throws
    where Frames.Element == EventFrame, Frames.Failure == any Error {
        for try await frame in frames {
            switch frame {
            case .answer(let answer): await self.answer(id, answer)
            // The connection has its own signs of life.
            case .heartbeat: break
            case .end: return
            }
        }
        try Task.checkCancellation()
    }

    private func answer(_ id: String, _ response: Response) async {
        guard !Task.isCancelled, state.withLock({ $0.session.isRunning(id) }) else { return }
        await send(TransportSession.next(id, response))
    }

    private func end(_ id: String) async {
        if !Task.isCancelled { await handle(.ended(id: id)) }
    }

    private func fail(_ id: String, _ errors: [GraphQLError]) async {
        if !Task.isCancelled { await perform(state.withLock { $0.session.fail(id, errors) }) }
    }
}
