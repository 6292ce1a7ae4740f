// Transfer: HTTP over libcurl's multi interface. TLS is always verified, redirects are not followed, every
// exchange has four timers and a size limit. It knows no API and no word of the domain.

import CCurl
import Synchronization

/// How a client's connections are kept.
package struct TransferOptions: Sendable {
    package enum HTTPVersion: Sendable {
        /// HTTP/2 where TLS negotiates it, HTTP/1.1 elsewhere.
        case negotiated
        case http1
        /// HTTP/2 without TLS, for a peer that is known to speak it.
        case http2PriorKnowledge

        var curlValue: Int {
            switch self {
            case .negotiated: Int(CURL_HTTP_VERSION_2TLS)
            case .http1: Int(CURL_HTTP_VERSION_1_1)
            case .http2PriorKnowledge: Int(CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE)
            }
        }
    }

    package var httpVersion = HTTPVersion.negotiated
    /// Connections open at once; further exchanges wait within their connect timer.
    package var connections = 1024
    /// Connections kept for reuse.
    package var idleConnections = 256
    /// A PEM file of certificate authorities in place of the system's.
    package var certificateAuthorities: String?

    package init() {}
}

/// An HTTP client for many exchanges at once.
package final class TransferClient: Sendable {
    let engine: TransferEngine
    private let lastID = Atomic<UInt64>(0)

    package init(_ options: TransferOptions = TransferOptions()) {
        engine = TransferEngine(options: options)
    }

    deinit { engine.stop() }

    /// Sends the request and returns when the response's head is there.
    ///
    /// Cancelling the task closes the exchange at once.
    /// - Throws: `TransferError`, `CancellationError`.
    package func send(_ request: TransferRequest) async throws -> TransferResponse {
        try Task.checkCancellation()
        let transfer = Transfer(id: lastID.wrappingAdd(1, ordering: .relaxed).newValue, request: request, wakeUps: engine.wakeUps)
        let lease = TransferLease(transfer: transfer, client: self)
        engine.start(transfer)
        if case .streamed(_, let write)? = request.body { startWriting(write, to: transfer) }
        let head = try await lease.cancelling { try await transfer.head() }
        return TransferResponse(
            status: head.status, headers: head.headers, isHTTP2: head.isHTTP2, body: TransferBody(lease: lease))
    }
}

extension TransferClient {
    private func startWriting(
        _ write: @escaping @Sendable (TransferBodyWriter) async throws -> Void, to transfer: Transfer
    ) {
        let engine = engine
        transfer.setWriting(
            Task {
                do {
                    try await write(TransferBodyWriter(transfer: transfer, engine: engine))
                    if try transfer.completeUpload() { engine.unpause(transfer) }
                } catch {
                    let failure = error as? TransferError ?? TransferError(.interrupted, detail: "the body's writer failed: \(error)")
                    engine.abort(transfer, failure)
                }
            })
    }
}

/// A response whose body is still to be read.
package struct TransferResponse: Sendable {
    package let status: Int
    /// Names in lower case.
    package let headers: [(name: String, value: String)]
    package let isHTTP2: Bool
    package let body: TransferBody

    /// The first header of that name, given in lower case.
    package func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

    /// Resets the idle timer of a request whose progress is `noted`.
    package func noteProgress() { body.lease.transfer.noteProgress() }
}

/// The body in the pieces in which it came, for one reader.
///
/// A slow reader pauses the connection at 256 KiB. Dropping the body before its end closes the exchange.
package struct TransferBody: AsyncSequence, Sendable {
    let lease: TransferLease

    package struct AsyncIterator: AsyncIteratorProtocol {
        let lease: TransferLease

        package func next() async throws -> [UInt8]? {
            let (bytes, resumes) = try await lease.cancelling { try await lease.transfer.bodyBytes() }
            if resumes { lease.engine.unpause(lease.transfer) }
            return bytes
        }
    }

    package func makeAsyncIterator() -> AsyncIterator { AsyncIterator(lease: lease) }

    /// The whole body; the request's `maximumResponseBytes` bounds it.
    package func collect() async throws -> [UInt8] {
        var collected: [UInt8] = []
        for try await bytes in self { collected += bytes }
        return collected
    }
}

/// Closes the exchange when the last one who could read it lets go, or when the reading task is cancelled.
///
/// It keeps the client alive: a response outlives the variable that sent the request.
final class TransferLease: Sendable {
    let transfer: Transfer
    private let client: TransferClient
    var engine: TransferEngine { client.engine }

    init(transfer: Transfer, client: TransferClient) {
        self.transfer = transfer
        self.client = client
    }

    deinit { engine.cancel(transfer) }

    func cancelling<Answer>(_ body: () async throws -> Answer) async throws -> Answer {
        try await withTaskCancellationHandler(operation: body) { engine.cancel(transfer) }
    }
}
