import Crypto

/// SHA-256 in hexadecimal.
enum Digest {
    static func hexadecimal(_ text: String) -> String {
        SHA256.hash(data: Array(text.utf8)).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
