import HTTPTypes
import Hummingbird
import NIOCore
import Synchronization

/// Bounds what the bodies of all requests together take of the process's memory.
package final class BodyMemory: Sendable {
    /// Bodies of fewer bytes are not counted: connections are bounded.
    private static let small = 16 << 10

    private let limit: Int
    private let taken = Mutex(0)

    /// - Parameter limit: in bytes, as they come over the wire; a body is copied some times while it is read.
    package init(limit: Int = 256 << 20) { self.limit = limit }

    /// What one request's body has taken; it is given back with the share.
    final class Share: Sendable {
        private let memory: BodyMemory
        private let bytes = Mutex(0)

        fileprivate init(_ memory: BodyMemory) { self.memory = memory }

        deinit {
            let bytes = bytes.withLock { $0 }
            memory.taken.withLock { $0 -= bytes }
        }

        /// - Throws: `Problem` 503 when the bodies of all requests have too much.
        fileprivate func take(_ count: Int) throws(Problem) {
            let isThere = memory.taken.withLock { taken in
                guard taken + count <= memory.limit else { return false }
                taken += count
                return true
            }
            guard isThere else {
                var problem = Problem(.unavailable, "many large requests are being read; come again in a second")
                problem.headers = [(.retryAfter, "1"), (.connection, "close")]
                throw problem
            }
            bytes.withLock { $0 += count }
        }
    }

    /// Counts the request's body as it is read, as long as the share lives; nil for one that is small.
    func share(_ request: inout Request) -> Share? {
        let isChunked = request.headers[.transferEncoding] != nil
        guard isChunked || request.headers[.contentLength].flatMap({ Int($0) }) ?? 0 > Self.small else { return nil }
        let (share, body) = (Share(self), request.body)
        request.body = RequestBody(
            asyncSequence: body.map { buffer in
                try share.take(buffer.readableBytes)
                return buffer
            })
        return share
    }
}
