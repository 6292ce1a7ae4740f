import HTTPTypes
import Hummingbird
import NIOCore

extension SimulatorResponder {
    static func methodNotAllowed(_ allowed: String) -> Response {
        let error = APIError(
            status: .methodNotAllowed, message: "This URL takes \(allowed) only.", code: "method_not_allowed")
        return response(Reply(status: error.status, headers: [.allow: allowed], json: error.json))
    }

    /// A reply that is not recorded and is sent whole.
    static func response(_ reply: Reply) -> Response {
        guard case .json(let bytes) = reply.body else { return Response(status: .internalServerError) }
        return Response(
            status: reply.status, headers: reply.headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    /// A reply whose call is recorded as finished just before its last bytes are sent, so that a client that has
    /// them finds it so in the log.
    func response(
        _ reply: Reply, call: RecordedCall, outcome: RequestLog.Outcome, context: ConnectionContext
    ) -> Response {
        switch reply.body {
        case .json(let bytes) where !reply.isTruncated:
            call.finish(outcome)
            return Response(
                status: reply.status, headers: reply.headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
        case .json(let bytes):
            let body = ResponseBody(contentLength: bytes.count) { writer in
                call.finish(outcome)
                try await writer.write(ByteBuffer(bytes: bytes.prefix(bytes.count / 2)))
                await context.close()
                throw CancellationError()
            }
            return Response(status: reply.status, headers: reply.headers, body: body)
        case .events(let events):
            let sent = reply.isTruncated ? Array(events.prefix(events.count / 2)) : events
            let body = ResponseBody { writer in
                do {
                    try await Self.send(sent, to: &writer) { call.finish(outcome) }
                } catch {
                    call.finish(.clientGone)
                    throw error
                }
                if reply.isTruncated {
                    await context.close()
                    throw CancellationError()
                }
                try await writer.finish(nil)
            }
            return Response(status: reply.status, headers: reply.headers, body: body)
        }
    }

    @concurrent
    private static func send(
        _ events: [StreamEvent], to writer: inout any ResponseBodyWriter, beforeLast: @Sendable () -> Void
    ) async throws {
        for (index, event) in events.enumerated() {
            if event.pause > .zero { try await Task.sleep(for: event.pause) }
            if index == events.count - 1 { beforeLast() }
            try await writer.write(ByteBuffer(bytes: event.bytes))
        }
    }
}
