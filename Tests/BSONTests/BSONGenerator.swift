import BSON

/// SplitMix64 (Steele, Lea, Flood 2014): the same documents from the same seed.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// Makes documents of every type.
struct BSONGenerator {
    var random: SeededGenerator

    init(seed: UInt64) { random = SeededGenerator(state: seed) }

    mutating func document(depth: Int = 0) -> BSONDocument {
        BSONDocument((0..<Int.random(in: 0...8, using: &random)).map { ("k\($0)\(text())", value(depth: depth)) })
    }

    private mutating func text() -> String {
        String((0..<Int.random(in: 0...12, using: &random)).map { _ in "aZ9 é漢😀\"\\".randomElement(using: &random)! })
    }

    private mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) } }

    private mutating func integer() -> Int64 {
        Int64(bitPattern: random.next()) >> Int64.random(in: 0...63, using: &random)
    }

    private mutating func value(depth: Int) -> BSONValue {
        switch Int.random(in: 0..<(depth < 4 ? 21 : 18), using: &random) {
        case 0: .double(Double(bitPattern: random.next()).isNaN ? 0.5 : Double(integer()) / 1024)
        case 1: .string(text())
        case 2:
            .binary(
                BSONBinary(
                    subtype: [0, 2, 5, 9, 0x80].randomElement(using: &random)!, bytes: bytes(Int.random(in: 0...40, using: &random))))
        case 3: .string("undefined is decoded as null by the oracle")
        case 4: .objectID(BSONObjectID(bytes: bytes(12))!)
        case 5: .bool(Bool.random(using: &random))
        case 6: .datetime(Int64.random(in: -60_000_000_000_000...250_000_000_000_000, using: &random))
        case 7: .null
        case 8: .regex(pattern: "a\(text().filter { $0 != "\\" })", options: ["", "i", "im", "isx"].randomElement(using: &random)!)
        case 9: .javascript(text())
        case 10: .int32(Int32(truncatingIfNeeded: integer()))
        case 11:
            .timestamp(
                BSONTimestamp(
                    seconds: UInt32.random(in: 0...UInt32.max, using: &random), ordinal: UInt32.random(in: 0...UInt32.max, using: &random)))
        case 12, 13: .int64(integer())
        case 14:
            .decimal128(
                BSONDecimal128(low: random.next(), high: 0x3040_0000_0000_0000 &+ (UInt64.random(in: 0...20, using: &random) << 49)))
        case 15: .minKey
        case 16: .maxKey
        case 17: .binary(BSONBinary(vector: [1.5, -2, 0.25]))
        case 18: .document(document(depth: depth + 1))
        case 19: .array((0..<Int.random(in: 0...5, using: &random)).map { _ in value(depth: depth + 1) })
        default: .javascriptWithScope(code: text(), scope: document(depth: depth + 1))
        }
    }
}
