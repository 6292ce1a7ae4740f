/// An IEEE 754-2008 128-bit decimal in the binary-integer encoding that BSON uses.
///
/// The service does no arithmetic on it: it keeps the bits and prints them.
package struct BSONDecimal128: Sendable, Hashable {
    package var low: UInt64
    package var high: UInt64

    package init(low: UInt64, high: UInt64) {
        self.low = low
        self.high = high
    }
}

extension BSONDecimal128: CustomStringConvertible {
    /// The value in the scientific-notation rules of the BSON Decimal128 specification.
    package var description: String {
        let sign = high >> 63 == 1 ? "-" : ""
        let combination = (high >> 58) & 0x1F
        if combination == 0x1F { return "NaN" }
        if combination == 0x1E { return sign + "Infinity" }
        let exponent: Int
        var coefficient: UInt128
        if (high >> 61) & 0x3 == 0x3 {
            // The coefficient would pass 34 digits: the specification reads such a value as zero.
            exponent = Int((high >> 47) & 0x3FFF) - 6176
            coefficient = 0
        } else {
            exponent = Int((high >> 49) & 0x3FFF) - 6176
            coefficient = UInt128(high & 0x1_FFFF_FFFF_FFFF) << 64 | UInt128(low)
        }
        if coefficient > Self.largestCoefficient { coefficient = 0 }
        return sign + Self.digits(String(coefficient), exponent: exponent)
    }

    private static let largestCoefficient = UInt128("9999999999999999999999999999999999")!

    private static func digits(_ digits: String, exponent: Int) -> String {
        let adjusted = exponent + digits.count - 1
        if exponent > 0 || adjusted < -6 {
            let fraction = digits.dropFirst()
            return "\(digits.first!)\(fraction.isEmpty ? "" : ".\(fraction)")E\(adjusted < 0 ? "" : "+")\(adjusted)"
        }
        if exponent == 0 { return digits }
        let wholeCount = digits.count + exponent
        if wholeCount > 0 { return "\(digits.prefix(wholeCount)).\(digits.dropFirst(wholeCount))" }
        return "0." + String(repeating: "0", count: -wholeCount) + digits
    }
}
