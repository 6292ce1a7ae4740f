/// An HTTP request.
package struct TransferRequest: Sendable {
    package var method: String
    package var url: String
    package var headers: [(name: String, value: String)]
    package var body: TransferRequestBody?
    package var timeouts: TransferTimeouts
    /// Decoded body bytes after which the response fails with `tooLarge`.
    package var maximumResponseBytes: Int
    /// Whether every byte of the body resets the idle timer, or only `TransferResponse.noteProgress()`.
    package var progress: Progress

    /// Whether an address that is none of the public Internet's fails the exchange with `refusedAddress`. It is looked at
    /// when the connection is made, each has one of its own, and proxies are not used.
    package var refusesPrivateAddresses = false

    package enum Progress: Sendable { case anyByte, noted }

    package init(
        method: String = "GET", url: String, headers: [(name: String, value: String)] = [], body: TransferRequestBody? = nil,
        timeouts: TransferTimeouts = TransferTimeouts(), maximumResponseBytes: Int = 16 * 1024 * 1024,
        progress: Progress = .anyByte
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeouts = timeouts
        self.maximumResponseBytes = maximumResponseBytes
        self.progress = progress
    }
}

/// What a request sends after its head.
package enum TransferRequestBody: Sendable {
    case bytes([UInt8])
    /// Sent while `write` produces it: chunked (RFC 9112 section 7.1) where the length is not known.
    ///
    /// `write` runs once, in a task of its own that is cancelled when the exchange ends; if it throws, or writes more
    /// or less than `length` bytes, the connection is closed and the exchange fails.
    case streamed(length: Int?, write: @Sendable (TransferBodyWriter) async throws -> Void)
}

/// Where a streamed request body goes.
package struct TransferBodyWriter: Sendable {
    let transfer: Transfer
    let engine: TransferEngine

    /// Returns when the bytes are taken; waits while 256 KiB are on their way.
    /// - Throws: `TransferError` when nobody takes them any more, `CancellationError`.
    package func write(_ bytes: [UInt8]) async throws {
        if try await transfer.write(bytes) { engine.unpause(transfer) }
    }
}

/// The four timers of an exchange; each is always on. They are checked at least every 10 ms.
package struct TransferTimeouts: Sendable, Hashable {
    /// Name look-up, TCP and TLS.
    package var connect: Duration = .seconds(5)
    /// From the start to the first byte of the response.
    package var firstByte: Duration = .seconds(60)
    /// Between two pieces of progress after that; stands still while the reader is the slow one.
    package var idle: Duration = .seconds(30)
    /// The whole exchange.
    package var total: Duration = .seconds(120)

    package init() {}

    /// The same with no timer beyond `remaining`.
    package func capped(at remaining: Duration) -> TransferTimeouts {
        var capped = self
        capped.connect = min(connect, remaining)
        capped.firstByte = min(firstByte, remaining)
        capped.idle = min(idle, remaining)
        capped.total = min(total, remaining)
        return capped
    }
}
