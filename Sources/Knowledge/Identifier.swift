/// Opaque ids that sort by the time at which they were made: 48 bits of milliseconds and 80 random bits in
/// Crockford's base 32, as ULID has them, in lower case.
package enum Identifier {
    private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz")

    package static func make(at milliseconds: Int64) -> String {
        var characters: [Character] = []
        characters.reserveCapacity(26)
        for shift in stride(from: 45, through: 0, by: -5) { characters.append(alphabet[Int(milliseconds >> Int64(shift)) & 31]) }
        for _ in 0..<16 { characters.append(alphabet[Int.random(in: 0..<32)]) }
        return String(characters)
    }
}
