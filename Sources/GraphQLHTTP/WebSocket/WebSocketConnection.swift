import GraphQL
import JSON
import Logging
import NIOCore
import NIOWebSocket
import ServiceLifecycle
import Synchronization

/// The input and output around a `TransportSession`: frames in and out, a task for each operation.
final class WebSocketConnection: Sendable {
    typealias Channel = NIOAsyncChannel<WebSocketFrame, WebSocketFrame>

    private struct State {
        var session: TransportSession
        /// By their starts, until they have really ended.
        var operations: [Int: Task<Void, Never>] = [:]
        var context: (any Sendable)?
        var lastFrame = ContinuousClock.now
        var isClosing = false
    }

    private let service: GraphQLService
    private let options: GraphQLOptions
    private let access: WebSocketAccess
    private let handshake: WebSocketAccess.Handshake
    private let outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>
    private let channel: any NIOCore.Channel
    private let state: Mutex<State>

    /// Serves the connection until it ends.
    static func serve(
        _ channel: Channel, _ handshake: WebSocketAccess.Handshake, service: GraphQLService, options: GraphQLOptions,
        hasSubprotocol: Bool, access: WebSocketAccess
    ) async throws {
        try await channel.executeThenClose { inbound, outbound in
            let connection = WebSocketConnection(service, options, access, handshake, outbound, channel.channel)
            guard hasSubprotocol else {
                await connection.close(.subprotocolNotAcceptable)
                return await connection.read(inbound)
            }
            await withGracefulShutdownHandler {
                await connection.run(inbound)
            } onGracefulShutdown: {
                Task { await connection.handle(.shutdown) }
            }
        }
    }

    private init(
        _ service: GraphQLService, _ options: GraphQLOptions, _ access: WebSocketAccess, _ handshake: WebSocketAccess.Handshake,
        _ outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>, _ channel: any NIOCore.Channel
    ) {
        self.service = service
        self.options = options
        self.access = access
        self.handshake = handshake
        self.outbound = outbound
        self.channel = channel
        state = Mutex(State(session: TransportSession(limit: options.subscriptions)))
    }

    private func run(_ inbound: NIOAsyncChannelInboundStream<WebSocketFrame>) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.read(inbound) }
            group.addTask { await self.watchSilence() }
            group.addTask { await self.watchAccess() }
            group.addTask {
                await self.ping()
                // A client that takes no pings is given up by the watch.
                try? await Task.sleep(for: .seconds(Int.max / 4))
            }
            // Whichever ends first: the client is gone, or silent.
            await group.next()
            group.cancelAll()
        }
        let operations = state.withLock { Array($0.operations.values) }
        for operation in operations { operation.cancel() }
        for operation in operations { await operation.value }
    }

    // MARK: Frames

    private func read(_ inbound: NIOAsyncChannelInboundStream<WebSocketFrame>) async {
        do {
            for try await frame in inbound {
                let isClosing = state.withLock { state in
                    state.lastFrame = .now
                    return state.isClosing
                }
                if isClosing, frame.opcode != .connectionClose { continue }
                switch frame.opcode {
                case .text:
                    guard let text = String(validating: Array(frame.unmaskedData.readableBytesView), as: UTF8.self) else {
                        await close(WebSocketErrorCode.dataInconsistentWithMessage, "Text is not UTF-8")
                        continue
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
        } catch is NIOWebSocketFrameAggregator.Error {
            await close(.messageTooLarge, "Message too large")
        } catch {
            // The connection broke; what ran for it ends with it.
        }
    }

    private func ping() async {
        while !Task.isCancelled {
            // Cancellation shows at the next turn.
            try? await Task.sleep(for: options.heartbeat)
            // A broken connection shows where it is read.
            try? await outbound.write(WebSocketFrame(fin: true, opcode: .ping, data: ByteBuffer()))
        }
    }

    /// Ends with a client that says nothing in time, at first or later. It writes nothing: a client that reads nothing
    /// could hold it up.
    private func watchSilence() async {
        // Cancellation ends the sleep; then the connection is over.
        try? await Task.sleep(for: options.initialization)
        if Task.isCancelled { return }
        await handle(.initializationTimeout)
        while !Task.isCancelled {
            try? await Task.sleep(for: options.heartbeat)
            if state.withLock({ ContinuousClock.now - $0.lastFrame }) > options.heartbeat * 3 { return channel.close(promise: nil) }
        }
    }

    /// Ends when the client's key does.
    private func watchAccess() async {
        while !Task.isCancelled {
            // Cancellation ends the sleep, and the loop sees it.
            try? await Task.sleep(for: .seconds(1))
            guard let context = state.withLock({ $0.context }) else { continue }
            if await !access.isValid(context) {
                await close(TransportSession.CloseCode.forbidden)
                return await waitForClose()
            }
        }
    }

    private func send(_ message: JSON) async {
        if state.withLock({ $0.isClosing }) { return }
        // A broken connection shows where it is read.
        try? await outbound.write(WebSocketFrame(fin: true, opcode: .text, data: ByteBuffer(bytes: message.utf8Bytes)))
    }

    private func close(_ code: TransportSession.CloseCode) async { await close(.init(codeNumber: Int(code.rawValue)), code.reason) }

    /// Says why, and gives the client a second for its own close frame: a connection that is cut at once may lose ours.
    private func close(_ code: WebSocketErrorCode, _ reason: String) async {
        guard
            state.withLock({ state in
                defer { state.isClosing = true }
                return !state.isClosing
            })
        else { return }
        channel.eventLoop.scheduleTask(in: .seconds(1)) { [channel] in channel.close(promise: nil) }
        var data = ByteBuffer()
        data.write(webSocketErrorCode: code)
        data.writeString(reason)
        // When the client is gone already, there is nobody to tell.
        try? await outbound.write(WebSocketFrame(fin: true, opcode: .connectionClose, data: data))
    }

    /// Until the client has answered our close frame, or its second is over.
    private func waitForClose() async { try? await channel.closeFuture.get() }

    // MARK: Session

    private func handle(_ event: TransportSession.Event) async {
        await perform(state.withLock { $0.session.handle(event) })
    }

    private func perform(_ actions: [TransportSession.Action]) async {
        for action in actions {
            switch action {
            case .send(let message): await send(message)
            case .authenticate(let payload):
                let context = await access.authenticate(payload, handshake)
                state.withLock { $0.context = context }
                await handle(.authenticated(context != nil))
            case .start(let start, let id, let request): await begin(start, id, request)
            case .stop(let start): state.withLock { $0.operations[start] }?.cancel()
            case .close(let code): await close(code)
            }
        }
    }

    private func begin(_ start: Int, _ id: String, _ request: GraphQLRequest) async {
        let refusal = state.withLock { state -> TransportSession.Action? in
            // Those that were stopped and have not ended yet count too.
            guard state.operations.count < 2 * options.subscriptions else {
                _ = state.session.handle(.ended(start: start))
                return state.session.refusal(id)
            }
            let context = state.context ?? ()
            state.operations[start] = Task {
                await self.run(start, id, request, context)
                self.state.withLock { $0.operations[start] = nil }
            }
            return nil
        }
        if let refusal { await perform([refusal]) }
    }

    private func run(_ start: Int, _ id: String, _ request: GraphQLRequest, _ context: any Sendable) async {
        var place: (any Sendable)?
        switch await access.admit(context) {
        case .refused(let refusal): return await fail(start, [refusal])
        case .admitted(let given): place = given
        }
        switch service.prepare(request) {
        case .failure(let refusal): await fail(start, refusal.errors)
        case .success(let prepared):
            guard prepared.kind == .subscription else {
                await answer(start, id, await service.execute(prepared, context: context))
                withExtendedLifetime(place) {}
                return await handle(.ended(start: start))
            }
            // Who only waits for news takes nobody's place.
            place = nil
            do {
                try await follow(start, id, try await service.subscribe(prepared, context: context))
                await handle(.ended(start: start))
            } catch let refusal as GraphQLService.Refusal {
                await fail(start, refusal.errors)
            } catch {
                // Cancelled: the client is gone, or does not want more.
            }
        }
    }

    private func follow(_ start: Int, _ id: String, _ answers: any EventSequence<Response>) async throws {
        try await consume(
            start, id,
            EventFrames.make(
                answers, heartbeat: options.heartbeat, lifetime: options.subscriptionLifetime, closing: AsyncStream { _ in }))
    }

    private func consume<Frames: AsyncSequence & Sendable>(_ start: Int, _ id: String, _ frames: Frames) async throws
    where Frames.Element == EventFrame, Frames.Failure == any Error {
        for try await frame in frames {
            switch frame {
            case .answer(let answer): await self.answer(start, id, answer)
            // The connection has its own signs of life.
            case .heartbeat: break
            case .end: return
            }
        }
        try Task.checkCancellation()
    }

    private func answer(_ start: Int, _ id: String, _ response: Response) async {
        guard state.withLock({ $0.session.isRunning(start) }) else { return }
        await send(TransportSession.next(id, response))
    }

    private func fail(_ start: Int, _ errors: [GraphQLError]) async {
        await perform(state.withLock { $0.session.fail(start, errors) })
    }
}
