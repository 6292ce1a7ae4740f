extension BSONBinary {
    /// A vector of float32 in the form that Atlas Vector Search reads: subtype 9, one byte of element type
    /// (0x27), one byte of padding (0), then little-endian IEEE 754 values
    /// (MongoDB specifications, "BSON Binary Subtype 9 - Vector").
    package init(vector: [Float]) {
        var bytes: [UInt8] = [Self.float32Vector, 0]
        bytes.reserveCapacity(2 + vector.count * 4)
        vector.withUnsafeBytes { bytes.append(contentsOf: $0) }
        self.init(subtype: Self.vector, bytes: bytes)
    }

    /// The vector's elements, copied in one piece.
    ///
    /// - Throws: `invalidVector` for another subtype or element type, padding, or a length that is no
    ///   multiple of four.
    package func float32Vector() throws(BSONError) -> [Float] {
        guard subtype == Self.vector else { throw .invalidVector("subtype \(subtype)") }
        guard bytes.count >= 2, bytes[0] == Self.float32Vector else { throw .invalidVector("not of float32") }
        guard bytes[1] == 0, (bytes.count - 2) % 4 == 0 else { throw .invalidVector("\(bytes.count) bytes") }
        let count = (bytes.count - 2) / 4
        return [Float](unsafeUninitializedCapacity: count) { target, initialized in
            bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(target).copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[2...])) }
            initialized = count
        }
    }

    private static let float32Vector: UInt8 = 0x27
}
