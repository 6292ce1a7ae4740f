package import GraphQL
import HTTPTypes
package import Hummingbird
import JSON
import NIOCore
import ServiceLifecycle

/// Answers GraphQL requests over HTTP: one answer, or a stream of them.
package struct GraphQLHandler: Sendable {
    private let service: GraphQLService
    private let options: GraphQLOptions

    package init(service: GraphQLService, options: GraphQLOptions) {
        self.service = service
        self.options = options
    }

    /// What a request comes with.
    package struct Origin: Sendable {
        /// The value that the resolvers are given.
        package var context: any Sendable
        package var requestID: String
        /// Closed when a stream's client takes nothing any more.
        package var channel: any Channel

        package init(context: any Sendable, requestID: String, channel: any Channel) {
            self.context = context
            self.requestID = requestID
            self.channel = channel
        }
    }

    package func post(_ request: Request, _ origin: Origin) async -> Hummingbird.Response {
        guard let forms = AnswerForms(accept: request.headers[.accept]) else { return Self.refusal(.notAcceptable, Self.notAcceptable) }
        // A form or plain text could be sent by any page without asking: JSON cannot.
        guard Self.mediaType(request.headers[.contentType]) == "application/json" else {
            return Self.refusal(.unsupportedMediaType, "Send the request as application/json.")
        }
        var request = request
        do {
            let body = try await request.collectBody(upTo: options.bodyBytes)
            return try await answer(GraphQLRequest(body: Array(body.readableBytesView)), request, forms, origin)
        } catch let error as MalformedRequest {
            return Self.refusal(.badRequest, error.reason)
        } catch is NIOTooManyBytesError {
            return Self.refusal(.contentTooLarge, "The request is larger than \(options.bodyBytes) bytes.", closes: true)
        } catch let error as any HTTPResponseError {
            return Self.refusal(error.status, "The request is larger than \(options.bodyBytes) bytes.", closes: true)
        } catch {
            return Self.refusal(.badRequest, "The request's body could not be read.", closes: true)
        }
    }

    package func get(_ request: Request, _ origin: Origin) async -> Hummingbird.Response {
        if request.headers[.upgrade]?.lowercased() == "websocket" { return Self.elsewhere(request) }
        guard let forms = AnswerForms(accept: request.headers[.accept]) else {
            if options.showsExplorer, request.headers[.accept]?.contains("text/html") == true { return Explorer.page() }
            return Self.refusal(.notAcceptable, Self.notAcceptable)
        }
        if options.showsExplorer, Explorer.isWanted(request) { return Explorer.page() }
        // Browsers send no origin with what needs no leave, such as a picture's address, but say where it comes from.
        let isForeign = request.headers[.secFetchSite] == "cross-site" && request.headers[.origin] == nil
        if isForeign || !options.allows(origin: request.headers[.origin], host: request.head.authority) {
            return Self.refusal(.forbidden, "Pages of this origin may not ask here.")
        }
        do {
            return try await answer(GraphQLRequest(parameters: request.uri.queryParameters), request, forms, origin)
        } catch {
            return Self.refusal(.badRequest, (error as? MalformedRequest)?.reason ?? "The request could not be read.")
        }
    }

    private static var notAcceptable: String {
        "Answers come as application/graphql-response+json, application/json, text/event-stream or multipart/mixed."
    }

    private static func mediaType(_ header: String?) -> String? {
        header?.split(separator: ";").first.map { $0.filter { !$0.isWhitespace }.lowercased() }
    }

    // MARK: Answers

    private func answer(
        _ graphQL: GraphQLRequest, _ request: Request, _ forms: AnswerForms, _ origin: Origin
    ) async throws -> Hummingbird.Response {
        let prepared: GraphQLService.Prepared
        switch service.prepare(graphQL) {
        case .success(let value): prepared = value
        case .failure(let refusal): return single(refusal.response, forms.single)
        }
        if prepared.kind == .mutation, request.method == .get {
            return Self.refusal(.methodNotAllowed, "A mutation is sent by POST.", [.allow: "POST"])
        }
        guard prepared.kind == .subscription else {
            return single(await service.execute(prepared, context: origin.context, requestID: origin.requestID), forms.single)
        }
        guard let form = forms.stream else {
            return Self.refusal(.notAcceptable, "A subscription's answers come as text/event-stream, multipart/mixed or over WebSocket.")
        }
        do {
            return stream(
                try await service.subscribe(prepared, context: origin.context, requestID: origin.requestID), request, form, origin.channel)
        } catch let refusal as GraphQLService.Refusal {
            return single(refusal.response, form)
        }
    }

    /// One answer; on a stream it is the only event.
    private func single(_ answer: GraphQL.Response, _ form: AnswerForm) -> Hummingbird.Response {
        var headers: HTTPFields = [.contentType: form.contentType]
        guard form.isStreamed else {
            return Hummingbird.Response(
                status: form.status(of: answer), headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: answer.json.utf8Bytes)))
        }
        headers[.cacheControl] = "no-store"
        let framing = Self.framing(form)
        var buffer = framing.opening
        for part in [framing.answer(answer), framing.ending] { buffer.writeImmutableBuffer(part) }
        return Hummingbird.Response(status: .ok, headers: headers, body: .init(byteBuffer: buffer))
    }

    private static func framing(_ form: AnswerForm) -> any StreamFraming {
        form == .multipart ? MultipartFraming() : EventStreamFraming()
    }

    /// A client that goes ends the work on its stream at once; a service that stops ends the stream; a client that reads
    /// nothing any more loses its connection.
    private func stream(
        _ answers: any EventSequence<GraphQL.Response>, _ request: Request, _ form: AnswerForm, _ channel: any Channel
    ) -> Hummingbird.Response {
        let (framing, options) = (Self.framing(form), options)
        let body = ResponseBody { writer in
            let (closing, close) = AsyncStream.makeStream(of: Void.self)
            let frames = EventFrames.make(
                answers, heartbeat: options.heartbeat, lifetime: options.subscriptionLifetime, closing: closing)
            let watch = WriteWatch(channel: channel, patience: options.heartbeat * 3)
            defer { watch.end() }
            try await withGracefulShutdownHandler {
                try await writer.write(framing.opening)
                try await request.body.consumeWithInboundCloseHandler { _ in
                    try await Self.write(frames, framing, &writer, watch)
                } onInboundClosed: {
                    close.yield()
                }
                try await writer.write(framing.ending)
                try await writer.finish(nil)
            } onGracefulShutdown: {
                close.yield()
                watch.end(within: .seconds(1))
            }
        }
        return Hummingbird.Response(
            status: .ok, headers: [.contentType: form.contentType, .cacheControl: "no-store"], body: body)
    }

    @concurrent private static func write<Frames: AsyncSequence & Sendable>(
        _ frames: Frames, _ framing: any StreamFraming, _ writer: inout any ResponseBodyWriter, _ watch: WriteWatch
    ) async throws where Frames.Element == EventFrame, Frames.Failure == any Error {
        for try await frame in frames {
            watch.note()
            switch frame {
            case .answer(let answer): try await writer.write(framing.answer(answer))
            case .heartbeat: try await writer.write(framing.heartbeat)
            case .end: return
            }
            watch.note()
        }
    }

    // MARK: Refusals

    /// An answer without data, in the form that every GraphQL client reads.
    private static func refusal(
        _ status: HTTPResponse.Status, _ reason: String, _ headers: HTTPFields = [:], closes: Bool = false
    ) -> Hummingbird.Response {
        var headers = headers
        headers[.contentType] = "application/json; charset=utf-8"
        if closes { headers[.connection] = "close" }
        let answer = GraphQL.Response(errors: [GraphQLError(reason, code: "BAD_REQUEST")])
        return Hummingbird.Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: answer.json.utf8Bytes)))
    }

    /// Only the first request of a connection can become a WebSocket: the client shall come again on a new one.
    private static func elsewhere(_ request: Request) -> Hummingbird.Response {
        Hummingbird.Response(status: .temporaryRedirect, headers: [.location: request.uri.string, .connection: "close"])
    }
}

extension HTTPField.Name {
    fileprivate static let secFetchSite = Self("Sec-Fetch-Site")!
}
