import CCurl

/// A failed exchange, by what the caller can conclude from it.
package struct TransferError: Error, Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        /// The URL or a header cannot be sent: mend the configuration.
        case invalidRequest
        /// No connection: nothing was sent.
        case unreachable
        /// The certificate or the handshake is not acceptable: mend the configuration.
        case untrusted
        case timedOut(Timer)
        /// The name leads to an address that the request may not go to: nothing was sent.
        case refusedAddress
        /// The connection broke after something may have been sent.
        case interrupted
        /// The response is larger than the request allows.
        case tooLarge
        /// The answer is no HTTP.
        case malformedResponse
    }

    package enum Timer: String, Sendable { case connect, firstByte, idle, total }

    package var kind: Kind
    /// For logs only: may name hosts.
    package var detail: String

    package init(_ kind: Kind, detail: String = "") {
        self.kind = kind
        self.detail = detail
    }
}

extension TransferError: CustomStringConvertible, CustomDebugStringConvertible {
    /// Safe for a stranger to read.
    package var description: String {
        switch kind {
        case .invalidRequest: "the request cannot be sent"
        case .unreachable: "the server cannot be reached"
        case .refusedAddress: "the address is not one that may be asked"
        case .untrusted: "the server's certificate is not trusted"
        case .timedOut(.connect): "no connection in time"
        case .timedOut(.firstByte): "no answer began in time"
        case .timedOut(.idle): "the answer stalled"
        case .timedOut(.total): "the answer took too long"
        case .interrupted: "the connection broke"
        case .tooLarge: "the answer is too large"
        case .malformedResponse: "the answer is not valid HTTP"
        }
    }

    package var debugDescription: String { detail.isEmpty ? description : "\(description): \(detail)" }
}

extension TransferError {
    /// Translates libcurl's result; the one place that knows its codes (libcurl-errors(3)).
    init(_ code: CURLcode, isConnected: Bool) {
        let kind: Kind =
            switch code {
            // After the connection it is the answer whose protocol is not supported.
            case CURLE_UNSUPPORTED_PROTOCOL: isConnected ? .malformedResponse : .invalidRequest
            case CURLE_URL_MALFORMAT, CURLE_BAD_FUNCTION_ARGUMENT: .invalidRequest
            case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_CONNECT: .unreachable
            case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
                CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS:
                .untrusted
            case CURLE_OPERATION_TIMEDOUT: .timedOut(isConnected ? .total : .connect)
            case CURLE_WEIRD_SERVER_REPLY, CURLE_BAD_CONTENT_ENCODING, CURLE_HTTP2, CURLE_HTTP2_STREAM:
                .malformedResponse
            default: .interrupted
            }
        self.init(kind, detail: String(cString: curl_easy_strerror(code)))
    }
}
