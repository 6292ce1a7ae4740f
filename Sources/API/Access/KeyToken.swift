import Ingestion

/// A key as its client holds it: `pw_<id>_<secret><checksum>`.
///
/// The id (60 bits) is public; the secret has 256 random bits; the checksum is a CRC-32 of what stands before it, so that
/// typing errors, and false alarms of secret scanners, are told without a question to the store.
package struct KeyToken: Sendable {
    package let id: String
    package let secret: String

    private static let prefix = "pw_"
    private static let idLength = 12
    private static let secretLength = 43
    private static let checksumLength = 6
    private static let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")

    package init() {
        var random = SystemRandomNumberGenerator()
        func text(_ count: Int) -> String {
            String((0..<count).map { _ in Self.alphabet.randomElement(using: &random) ?? "0" })
        }
        // Ids in lower case can be told over the telephone.
        id = String((0..<Self.idLength).map { _ in "0123456789abcdefghjkmnpqrstvwxyz".randomElement(using: &random) ?? "0" })
        secret = text(Self.secretLength)
    }

    /// Nil when the text is no key.
    package init?(_ text: String) {
        let parts = text.split(separator: "_", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "pw", parts[1].count == Self.idLength,
            parts[2].utf8.count == Self.secretLength + Self.checksumLength,
            text.utf8.allSatisfy({ $0 < 0x80 })
        else { return nil }
        id = String(parts[1])
        secret = String(parts[2].prefix(Self.secretLength))
        guard text == self.text else { return nil }
    }

    /// All of it, which is shown once.
    package var text: String {
        let body = Self.prefix + id + "_" + secret
        return body + Self.checksum(of: body)
    }

    package var secretHash: String { Self.hash(secret) }

    static func hash(_ secret: String) -> String { ContentHash.hexadecimal(of: Array(secret.utf8)) }

    private static func checksum(of text: String) -> String {
        var rest = UInt64(CRC32.checksum(of: text.utf8))
        var digits: [Character] = []
        for _ in 0..<checksumLength {
            digits.append(alphabet[Int(rest % 62)])
            rest /= 62
        }
        return String(digits.reversed())
    }
}

/// CRC-32 of ISO 3309, as zip files have it.
private enum CRC32 {
    static func checksum(of bytes: some Sequence<UInt8>) -> UInt32 {
        var value = UInt32.max
        for byte in bytes {
            value ^= UInt32(byte)
            for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
        }
        return ~value
    }
}
