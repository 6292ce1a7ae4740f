/// Turns text into a vector by hashing its words and their trigrams, so that texts with like wording lie near each other.
struct EmbeddingModel: Sendable {
    let dimensions: Int

    /// A vector of length 1 that depends on nothing but the text and the number of dimensions.
    func vector(for text: String) -> [Float] {
        var vector = [Float](repeating: 0, count: dimensions)
        var word: [UInt32] = []
        for scalar in text.unicodeScalars {
            if Self.appendLowercased(scalar, to: &word) { continue }
            addFeatures(of: word, to: &vector)
            word.removeAll(keepingCapacity: true)
        }
        addFeatures(of: word, to: &vector)
        return Self.normalised(vector)
    }

    /// False for a scalar that is part of no word.
    private static func appendLowercased(_ scalar: UnicodeScalar, to word: inout [UInt32]) -> Bool {
        switch scalar.value {
        case 0x30...0x39, 0x61...0x7A: word.append(scalar.value)
        case 0x41...0x5A: word.append(scalar.value + 0x20)
        case ..<0x80: return false
        default:
            let properties = scalar.properties
            guard properties.isAlphabetic || properties.numericType != nil else { return false }
            word += properties.lowercaseMapping.unicodeScalars.map(\.value)
        }
        return true
    }

    /// Short words are mostly grammar and weigh less.
    private func addFeatures(of word: [UInt32], to vector: inout [Float]) {
        guard !word.isEmpty else { return }
        let weight: Float = word.count <= 3 ? 0.3 : 1
        add(weight, at: word.reduce(0x517C_C1B7_2722_0A95) { SeededRandom.mixed($0 ^ UInt64($1)) }, to: &vector)
        var window: UInt64 = 0x20
        for (position, value) in (word + [0x20]).enumerated() {
            window = (window << 21 | UInt64(value)) & (1 << 63 - 1)
            if position > 0 { add(weight * 0.35, at: SeededRandom.mixed(window), to: &vector) }
        }
    }

    private func add(_ weight: Float, at hash: UInt64, to vector: inout [Float]) {
        let sign: Float = hash >> 63 == 0 ? 1 : -1
        vector[Int(hash % UInt64(dimensions))] += sign * weight
    }

    /// Repeated features count by their root; a text without words points along the first axis.
    private static func normalised(_ counts: [Float]) -> [Float] {
        var vector = counts.map { $0 < 0 ? -(-$0).squareRoot() : $0.squareRoot() }
        let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
        guard length > 0 else {
            vector[0] = 1
            return vector
        }
        for index in vector.indices { vector[index] /= length }
        return vector
    }
}
