import Crypto
package import Foundation

/// Signs messages as Standard Webhooks 1.0 has it: HMAC-SHA256 over `id.timestamp.body`.
///
/// Source: Standard Webhooks specification, "Signature scheme".
package struct WebhookSignature: Sendable {
    private static let prefix = "whsec_"
    private let key: SymmetricKey

    /// A new secret of 256 random bits, as receivers are given it.
    package static func makeSecret() -> String {
        prefix + SymmetricKey(size: .bits256).withUnsafeBytes { Data($0).base64EncodedString() }
    }

    /// Nil when the text is no secret.
    package init?(secret: String) {
        guard secret.hasPrefix(Self.prefix), let bytes = Data(base64Encoded: String(secret.dropFirst(Self.prefix.count))) else {
            return nil
        }
        key = SymmetricKey(data: bytes)
    }

    /// The headers that go with the body.
    package func headers(id: String, at moment: Date, body: String) -> [(name: String, value: String)] {
        let timestamp = String(Int(moment.timeIntervalSince1970))
        let code = HMAC<SHA256>.authenticationCode(for: Data("\(id).\(timestamp).\(body)".utf8), using: key)
        return [
            ("webhook-id", id), ("webhook-timestamp", timestamp), ("webhook-signature", "v1," + Data(code).base64EncodedString()),
        ]
    }
}
