/// A text as the set of its runs of three words.
struct Shingles: Sendable {
    /// Hashes of the runs, each once and in order: two that are equal by chance (64 bits) would count as one.
    private let runs: [UInt64]

    init(_ text: String) {
        let words = Self.words(of: text)
        let count = max(1, words.count - 2)
        let runs = words.isEmpty ? [] : (0..<count).map { words[$0..<min($0 + 3, words.count)].reduce(Self.basis, Self.mixed) }.sorted()
        self.runs = zip(runs, runs.dropFirst()).filter { $0 != $1 }.map(\.0) + runs.suffix(1)
    }

    // FNV-1a (Fowler, Noll, Vo), by scalars.
    private static let basis: UInt64 = 0xCBF2_9CE4_8422_2325
    private static func mixed(_ hash: UInt64, _ value: UInt64) -> UInt64 { (hash ^ value) &* 0x100_0000_01B3 }

    /// A hash of each word, whatever its case.
    private static func words(of text: String) -> [UInt64] {
        var (words, word) = ([UInt64](), basis)
        func end() {
            if word != basis { words.append(word) }
            word = basis
        }
        if text.utf8.allSatisfy({ $0 < 0x80 }) {
            for byte in text.utf8 {
                // Without the bit that makes a capital small.
                let folded = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
                if isPart(folded) { word = mixed(word, UInt64(folded)) } else { end() }
            }
        } else {
            for scalar in text.lowercased().unicodeScalars {
                if isPart(scalar) { word = mixed(word, UInt64(scalar.value)) } else { end() }
            }
        }
        end()
        return words
    }

    private static func isPart(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func isPart(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return isPart(UInt8(scalar.value)) }
        let properties = scalar.properties
        // An accent of its own belongs to its letter.
        return properties.isAlphabetic || properties.numericType != nil || properties.canonicalCombiningClass != .notReordered
    }

    /// The texts' resemblance, 0 to 1: common runs over all runs (Broder 1997, "On the resemblance and containment of
    /// documents").
    func resemblance(to other: Shingles) -> Double {
        var (common, own, others) = (0, 0, 0)
        while own < runs.count, others < other.runs.count {
            let (first, second) = (runs[own], other.runs[others])
            if first == second { common += 1 }
            if first <= second { own += 1 }
            if second <= first { others += 1 }
        }
        let all = runs.count + other.runs.count - common
        return all == 0 ? 0 : Double(common) / Double(all)
    }
}
