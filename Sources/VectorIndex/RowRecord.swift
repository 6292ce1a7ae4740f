import Knowledge

/// What a row keeps in the scratch file: its vector, the words that it has in the text index, and what a passage shows.
///
/// Layout, in the machine's byte order: float32 columns; UInt32 count of terms, then pairs of UInt32 (term, count);
/// UInt32 start and end of the span; UInt32 count of headings and each as UInt32 length and UTF-8; the text likewise.
struct RowRecord {
    var terms: [(term: UInt32, count: UInt32)]
    var span: TextSpan
    var headingPath: [String]
    var text: String

    static func bytes(vector: [Float], terms: [(term: UInt32, count: UInt32)], _ chunk: Chunk) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(vector.count * 4 + terms.count * 8 + chunk.text.utf8.count + 64)
        func put(_ value: Int) { withUnsafeBytes(of: UInt32(clamping: value)) { bytes.append(contentsOf: $0) } }
        func put(_ text: String) {
            put(text.utf8.count)
            bytes.append(contentsOf: text.utf8)
        }
        vector.withUnsafeBytes { bytes.append(contentsOf: $0) }
        put(terms.count)
        for (term, count) in terms {
            put(Int(term))
            put(Int(count))
        }
        put(chunk.span.start)
        put(chunk.span.end)
        put(chunk.headingPath.count)
        for heading in chunk.headingPath { put(heading) }
        put(chunk.text)
        return bytes
    }

    /// - Parameter bytes: those behind the vector.
    init(_ bytes: [UInt8]) {
        var place = 0
        func number() -> Int {
            defer { place += 4 }
            return bytes.withUnsafeBytes { Int($0.loadUnaligned(fromByteOffset: place, as: UInt32.self)) }
        }
        func string() -> String {
            let length = number()
            defer { place += length }
            return String(decoding: bytes[place..<place + length], as: UTF8.self)
        }
        terms = (0..<number()).map { _ in (UInt32(number()), UInt32(number())) }
        span = TextSpan(start: number(), end: number())
        headingPath = (0..<number()).map { _ in string() }
        text = string()
    }
}
