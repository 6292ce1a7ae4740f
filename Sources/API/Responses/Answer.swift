import HTTPTypes
import Hummingbird
import JSON
import NIOCore

/// Ways to answer.
enum Answer {
    static func json(
        _ value: JSON, status: HTTPResponse.Status = .ok, headers: [(HTTPField.Name, String)] = [],
        contentType: String = "application/json"
    ) -> Response {
        var fields = HTTPFields()
        fields[.contentType] = contentType
        for (name, header) in headers { fields[name] = header }
        return Response(status: status, headers: fields, body: .init(byteBuffer: ByteBuffer(bytes: value.utf8Bytes)))
    }

    static func problem(_ problem: Problem, context: APIRequestContext) -> Response {
        let value = problem.json(requestID: context.requestID)
        guard problem.code == .tooLarge else {
            return json(value, status: problem.code.status, headers: problem.headers, contentType: "application/problem+json")
        }
        // The rest of the body is not wanted. The connection closes a second later, not at once: a reset would
        // take the answer from a client that is still sending.
        let channel = context.channel
        let buffer = ByteBuffer(bytes: value.utf8Bytes)
        var headers: HTTPFields = [.contentType: "application/problem+json", .connection: "close"]
        for (name, header) in problem.headers { headers[name] = header }
        let body = ResponseBody(contentLength: buffer.readableBytes) { writer in
            try await writer.write(buffer)
            try await writer.finish(nil)
            channel.eventLoop.scheduleTask(in: .seconds(1)) { channel.close(promise: nil) }
        }
        return Response(status: problem.code.status, headers: headers, body: body)
    }
}
