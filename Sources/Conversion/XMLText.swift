import Foundation

/// The text of an XML part, as a parser is given it: UTF-8 and nothing else, for Foundation's ends the process at a name that is
/// none; and without its declaration, so that the parser takes it for nothing else either.
struct XMLText {
    private(set) var utf8: [UInt8]

    /// UTF-8, or UTF-16 with a byte order mark, which are what a DOCX may have (ECMA-376, part 2; XML 1.0, 4.3.3).
    init(_ part: [UInt8]) throws(Refusal) {
        let isLittleEndian = part.starts(with: [0xFF, 0xFE])
        if isLittleEndian || part.starts(with: [0xFE, 0xFF]) {
            let units = stride(from: 2, to: part.count - 1, by: 2).lazy.map { place in
                let (low, high) = isLittleEndian ? (part[place], part[place + 1]) : (part[place + 1], part[place])
                return UInt16(high) << 8 | UInt16(low)
            }
            guard part.count % 2 == 0, let text = String(validating: units, as: UTF16.self) else { throw Self.unknownEncoding }
            utf8 = Array(text.utf8)
        } else {
            guard String(validating: part, as: UTF8.self) != nil else { throw Self.unknownEncoding }
            utf8 = part.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(part.dropFirst(3)) : part
        }
        guard !utf8.contains(0) else { throw Self.unknownEncoding }
        if utf8.starts(with: Array("<?xml".utf8)), let end = utf8.firstIndex(of: UInt8(ascii: ">")) { utf8.removeFirst(end + 1) }
    }

    private static var unknownEncoding: Refusal { Refusal("the document's XML is neither UTF-8 nor UTF-16") }

    func contains(_ text: String) -> Bool { Data(utf8).range(of: Data(text.utf8)) != nil }
}
