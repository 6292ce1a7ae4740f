import Crypto

/// SHA-256 in hexadecimal.
enum Digest {
    static func hexadecimal(_ text: String) -> String { hexadecimal(Array(text.utf8)) }

    static func hexadecimal(_ bytes: [UInt8]) -> String {
        SHA256.hash(data: bytes).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
