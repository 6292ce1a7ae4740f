/// FNV-1a over 64 bits; unlike `Hasher` it gives the same value in every process.
struct StableHash {
    private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func combine(_ bytes: some Sequence<UInt8>) {
        var hash = value
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        value = hash
    }

    mutating func combine(_ text: String) {
        combine(text.utf8)
        combine(CollectionOfOne(0xFF))
    }

    mutating func combine(_ number: UInt64) {
        value = (value ^ SeededRandom.mixed(number)) &* 0x0000_0100_0000_01B3
    }
}
