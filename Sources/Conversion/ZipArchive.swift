import CZlib

/// A ZIP file (PKWARE's APPNOTE 6.3), as far as office documents need it: entries that are stored or deflated, in one part.
struct ZipArchive {
    private struct Entry {
        var method: Int
        var isEncrypted: Bool
        var compressedSize: Int
        var headerOffset: Int
    }

    private let bytes: [UInt8]
    private var entries: [String: Entry] = [:]
    private static let entryLimit = 10_000

    init(_ bytes: [UInt8]) throws(Refusal) {
        self.bytes = bytes
        guard let end = Self.endRecord(bytes) else { throw Refusal("the file is not a ZIP archive, or it is cut off") }
        let (count, start) = (Self.number(bytes, end + 10, 2), Self.number(bytes, end + 16, 4))
        guard count <= Self.entryLimit else { throw Refusal("the archive has more than \(Self.entryLimit) entries") }
        var place = start
        for _ in 0..<count {
            guard place + 46 <= bytes.count, Self.number(bytes, place, 4) == 0x0201_4B50 else {
                throw Refusal("the archive's directory is damaged")
            }
            let nameLength = Self.number(bytes, place + 28, 2)
            let next = place + 46 + nameLength + Self.number(bytes, place + 30, 2) + Self.number(bytes, place + 32, 2)
            guard next <= bytes.count else { throw Refusal("the archive's directory is damaged") }
            let name = String(decoding: bytes[place + 46..<place + 46 + nameLength], as: UTF8.self)
            entries[name] = Entry(
                method: Self.number(bytes, place + 10, 2), isEncrypted: Self.number(bytes, place + 8, 2) & 1 == 1,
                compressedSize: Self.number(bytes, place + 20, 4), headerOffset: Self.number(bytes, place + 42, 4))
            place = next
        }
    }

    /// The end-of-directory record stands before a comment of at most 65,535 bytes.
    private static func endRecord(_ bytes: [UInt8]) -> Int? {
        guard bytes.count >= 22 else { return nil }
        let last = bytes.count - 22
        return (max(0, last - 65_535)...last).reversed().first { number(bytes, $0, 4) == 0x0605_4B50 }
    }

    private static func number(_ bytes: [UInt8], _ place: Int, _ size: Int) -> Int {
        (0..<size).reduce(0) { $0 | Int(bytes[place + $1]) << (8 * $1) }
    }

    /// The entry's content; nil when there is none of this name.
    ///
    /// - Parameter limit: bytes that it may have; the sizes in the archive are not believed.
    func content(of name: String, limit: Int) throws(Refusal) -> [UInt8]? {
        guard let entry = entries[name] else { return nil }
        guard !entry.isEncrypted else { throw Refusal("the file is protected by a password") }
        let header = entry.headerOffset
        guard header + 30 <= bytes.count, Self.number(bytes, header, 4) == 0x0403_4B50 else { throw Refusal("the archive is damaged") }
        let start = header + 30 + Self.number(bytes, header + 26, 2) + Self.number(bytes, header + 28, 2)
        guard start + entry.compressedSize <= bytes.count else { throw Refusal("the archive is cut off") }
        let data = bytes[start..<start + entry.compressedSize]
        switch entry.method {
        case 0:
            guard data.count <= limit else { throw Self.tooLarge(limit) }
            return Array(data)
        case 8: return try Self.inflated(Array(data), limit: limit)
        default: throw Refusal("the archive is compressed in a way that is not read (method \(entry.method))")
        }
    }

    private static func tooLarge(_ limit: Int) -> Refusal { Refusal("the document has more than \(limit >> 20) MiB of text and markup") }

    /// RFC 1951.
    private static func inflated(_ data: [UInt8], limit: Int) throws(Refusal) -> [UInt8] {
        var stream = z_stream()
        guard czlib_inflate_init_raw(&stream) == Z_OK else { throw Refusal("there is not enough memory to read the document") }
        defer { inflateEnd(&stream) }
        var (input, output, buffer) = (data, [UInt8](), [UInt8](repeating: 0, count: 1 << 16))
        var status = Z_OK
        var consumed = 0
        while status == Z_OK {
            let (inCount, outCount) = (input.count - consumed, buffer.count)
            let (produced, left) = input.withUnsafeMutableBufferPointer { input in
                buffer.withUnsafeMutableBufferPointer { buffer in
                    stream.next_in = input.baseAddress.map { $0 + consumed }
                    stream.avail_in = UInt32(inCount)
                    stream.next_out = buffer.baseAddress
                    stream.avail_out = UInt32(outCount)
                    status = inflate(&stream, Z_NO_FLUSH)
                    return (outCount - Int(stream.avail_out), Int(stream.avail_in))
                }
            }
            consumed = input.count - left
            output += buffer[..<produced]
            if output.count > limit { throw tooLarge(limit) }
            // No progress: the data ends before its end is marked.
            if produced == 0, left == inCount, status == Z_OK { break }
        }
        guard status == Z_STREAM_END else { throw Refusal("the archive's data is damaged") }
        return output
    }
}
