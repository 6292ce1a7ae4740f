/// Writes pictures as PNG (ISO/IEC 15948) with stored, that is uncompressed, deflate blocks.
enum PNG {
    /// A picture of 8-bit RGB rows.
    static func encode(width: Int, height: Int, pixel: (_ x: Int, _ y: Int) -> (UInt8, UInt8, UInt8)) -> [UInt8] {
        var rows: [UInt8] = []
        rows.reserveCapacity(height * (width * 3 + 1))
        for y in 0..<height {
            rows.append(0)
            for x in 0..<width {
                let (red, green, blue) = pixel(x, y)
                rows += [red, green, blue]
            }
        }
        let header = bigEndian(UInt32(width)) + bigEndian(UInt32(height)) + [8, 2, 0, 0, 0]
        return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
            + chunk("IHDR", header) + chunk("IDAT", zlibStream(rows)) + chunk("IEND", [])
    }

    /// A gradient between two colours that follow from the prompt.
    static func gradient(for prompt: String, width: Int, height: Int) -> [UInt8] {
        var hash = StableHash()
        hash.combine(prompt)
        var random = SeededRandom(seed: hash.value)
        let ends = (random.next(), random.next())
        let steps = max(1, width + height - 2)
        return encode(width: width, height: height) { x, y in
            func channel(_ shift: UInt64) -> UInt8 {
                let from = Int(UInt8(truncatingIfNeeded: ends.0 >> shift))
                let to = Int(UInt8(truncatingIfNeeded: ends.1 >> shift))
                return UInt8(clamping: from + (to - from) * (x + y) / steps)
            }
            return (channel(0), channel(8), channel(16))
        }
    }

    /// RFC 1950 around RFC 1951's stored blocks.
    private static func zlibStream(_ data: [UInt8]) -> [UInt8] {
        var stream: [UInt8] = [0x78, 0x01]
        var start = 0
        repeat {
            let end = min(start + 65_535, data.count)
            let length = UInt16(end - start)
            stream.append(end == data.count ? 1 : 0)
            for part in [length, ~length] { stream += [UInt8(truncatingIfNeeded: part), UInt8(part >> 8)] }
            stream += data[start..<end]
            start = end
        } while start < data.count
        return stream + bigEndian(adler32(data))
    }

    private static func chunk(_ type: String, _ data: [UInt8]) -> [UInt8] {
        let body = Array(type.utf8) + data
        return bigEndian(UInt32(data.count)) + body + bigEndian(crc32(body))
    }

    private static func bigEndian(_ value: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }

    private static func adler32(_ data: [UInt8]) -> UInt32 {
        var low: UInt32 = 1
        var high: UInt32 = 0
        for byte in data {
            low = (low + UInt32(byte)) % 65_521
            high = (high + low) % 65_521
        }
        return high << 16 | low
    }

    static func crc32(_ data: some Sequence<UInt8>) -> UInt32 {
        ~data.reduce(~0) { crc, byte in crcTable[Int(UInt8(truncatingIfNeeded: crc) ^ byte)] ^ (crc >> 8) }
    }

    private static let crcTable: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { crc, _ in crc & 1 == 1 ? 0xEDB8_8320 ^ (crc >> 1) : crc >> 1 }
    }
}
