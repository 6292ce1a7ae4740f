/// Base64 with padding (RFC 4648 section 4), over bytes: no Foundation object, no line breaks.
package enum Base64 {
    package static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        var index = 0
        while index < bytes.count {
            let second = index + 1 < bytes.count ? bytes[index + 1] : 0
            let third = index + 2 < bytes.count ? bytes[index + 2] : 0
            let group = UInt32(bytes[index]) << 16 | UInt32(second) << 8 | UInt32(third)
            text.append(alphabet[Int(group >> 18)])
            text.append(alphabet[Int(group >> 12 & 63)])
            text.append(index + 1 < bytes.count ? alphabet[Int(group >> 6 & 63)] : padding)
            text.append(index + 2 < bytes.count ? alphabet[Int(group & 63)] : padding)
            index += 3
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Nil for a character outside the alphabet, a wrong length or wrong padding.
    package static func decode(_ text: String) -> [UInt8]? {
        var text = text
        return text.withUTF8 { source in
            guard source.count % 4 == 0 else { return nil }
            let paddings = source.suffix(2).reversed().prefix { $0 == padding }.count
            let digits = source.count - paddings
            let count = source.count / 4 * 3 - paddings
            guard count > 0 else { return source.isEmpty ? [] : nil }
            var isValid = true
            let bytes = [UInt8](unsafeUninitializedCapacity: count) { target, initialized in
                var group: UInt32 = 0
                var bits = 0
                var written = 0
                values.withUnsafeBufferPointer { values in
                    for index in 0..<digits {
                        let value = values[Int(source[index])]
                        isValid = isValid && value < 64
                        group = group << 6 | UInt32(value & 63)
                        bits += 6
                        if bits >= 8 {
                            bits -= 8
                            target[written] = UInt8(truncatingIfNeeded: group >> UInt32(bits))
                            written += 1
                        }
                    }
                }
                initialized = written
            }
            return isValid ? bytes : nil
        }
    }

    private static let padding = UInt8(ascii: "=")
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 255, count: 256)
        for (value, character) in alphabet.enumerated() { values[Int(character)] = UInt8(value) }
        return values
    }()
}
