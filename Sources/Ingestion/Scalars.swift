extension Unicode.Scalar {
    /// White_Space of the Unicode Character Database, for ASCII without its tables.
    var isSpace: Bool { isASCII ? value == 0x20 || (9...13).contains(value) : properties.isWhitespace }
}

extension String {
    init(scalars: some Collection<Unicode.Scalar>) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(scalars.count)
        for scalar in scalars {
            if scalar.isASCII { bytes.append(UInt8(truncatingIfNeeded: scalar.value)) } else { bytes += Array(String(scalar).utf8) }
        }
        self.init(decoding: bytes, as: UTF8.self)
    }
}
