import HTTPTypes
import JSON

/// What is to be sent back for a call, before any of it is sent.
struct Reply {
    enum Body {
        case json([UInt8])
        case events([StreamEvent])
    }

    var status: HTTPResponse.Status = .ok
    var headers: HTTPFields = [:]
    var body: Body
    /// Whether the connection is closed after half of the body.
    var isTruncated = false

    init(status: HTTPResponse.Status = .ok, headers: HTTPFields = [:], json: JSON) {
        self.init(status: status, headers: headers, body: .json(json.utf8Bytes))
    }

    init(status: HTTPResponse.Status = .ok, headers: HTTPFields = [:], body: Body) {
        self.status = status
        self.headers = headers
        self.body = body
        switch body {
        case .json: self.headers[.contentType] = self.headers[.contentType] ?? "application/json"
        case .events:
            self.headers[.contentType] = "text/event-stream"
            self.headers[.cacheControl] = "no-cache"
        }
    }
}
