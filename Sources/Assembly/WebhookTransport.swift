import Transfer
import Webhooks

/// Sends webhooks with libcurl.
struct WebhookTransport: WebhookSender {
    let client: TransferClient
    let policy: WebhookPolicy

    private static let longestPause = 86_400

    func post(
        _ body: String, to url: String, headers: [(name: String, value: String)]
    ) async throws -> (status: Int, retryAfter: Duration?) {
        var timeouts = TransferTimeouts()
        (timeouts.connect, timeouts.firstByte, timeouts.total) = (.seconds(3), .seconds(8), .seconds(10))
        var request = TransferRequest(
            method: "POST", url: url, headers: [("content-type", "application/json")] + headers, body: .bytes(Array(body.utf8)),
            timeouts: timeouts, maximumResponseBytes: 64 * 1024)
        request.refusesPrivateAddresses = !policy.allowsPrivateAddresses
        let response: TransferResponse
        do { response = try await client.send(request) } catch let error as TransferError { throw Failure(error) }
        let pause = response.header("retry-after").flatMap { Int($0) }.map { Duration.seconds(min(max($0, 0), Self.longestPause)) }
        return (response.status, pause)
    }

    /// In words for the workspace: nothing of this network.
    private struct Failure: Error, CustomStringConvertible {
        let description: String

        init(_ error: TransferError) {
            description =
                switch error.kind {
                case .unreachable: "no connection could be made"
                case .timedOut: "no answer in time"
                case .untrusted: "the certificate is not trusted"
                case .refusedAddress: "the name leads to an address that this deployment does not send webhooks to"
                case .interrupted, .malformedResponse, .tooLarge, .invalidRequest: "the answer cannot be read"
                }
        }
    }
}
