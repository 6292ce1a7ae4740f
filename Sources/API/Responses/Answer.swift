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
        var headers = problem.headers
        if problem.code == .tooLarge { headers.append((.connection, "close")) }
        let answer = json(value, status: problem.code.status, headers: headers, contentType: "application/problem+json")
        return answer.headers[.connection] == "close" ? closing(answer, context) : answer
    }

    /// The rest of the request's body is not wanted. The connection closes a second later, not at once: a reset would take the
    /// answer from a client that is still sending.
    static func closing(_ response: Response, _ context: APIRequestContext) -> Response {
        let (channel, body) = (context.channel, response.body)
        var response = response
        response.body = ResponseBody(contentLength: body.contentLength) { writer in
            try await body.write(writer)
            channel.eventLoop.scheduleTask(in: .seconds(1)) { channel.close(promise: nil) }
        }
        return response
    }
}
