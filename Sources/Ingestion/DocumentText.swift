package import Knowledge

/// Makes text of a document's bytes, whatever its format.
package struct DocumentText: Sendable {
    private let converter: any DocumentConverter

    package init(converter: any DocumentConverter) { self.converter = converter }

    /// Why the format cannot be read here; nil when it can.
    package func unavailability(of format: Document.Format) -> String? { converter.unavailability(of: format) }

    /// The content to store, of which the format's parser makes blocks.
    ///
    /// - Throws: `UnreadableDocument`, `ConversionError.unavailable`, `CancellationError`.
    package func content(of bytes: [UInt8], format: Document.Format) async throws -> String {
        switch format {
        case .markdown, .text, .html, .json: return try Self.utf8(bytes)
        case .csv: return try Self.utf16(bytes) ?? Self.utf8(bytes)
        case .pdf, .docx:
            do {
                let text = try await converter.text(of: bytes, format: format)
                guard text.contains(where: { !$0.isWhitespace }) else {
                    throw UnreadableDocument(reason: "the file holds no text: pictures of text are not read")
                }
                return text.filter { $0 != "\0" }
            } catch ConversionError.unreadable(let reason) {
                throw UnreadableDocument(reason: reason)
            }
        }
    }

    private static func utf8(_ bytes: [UInt8]) throws(UnreadableDocument) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw UnreadableDocument(reason: "is not valid UTF-8") }
        guard !text.utf8.contains(0) else { throw UnreadableDocument(reason: "holds a NUL character") }
        return text
    }

    /// What spreadsheets call Unicode text: UTF-16 with a byte order mark; nil without one.
    private static func utf16(_ bytes: [UInt8]) throws(UnreadableDocument) -> String? {
        let isLittle = bytes.starts(with: [0xFF, 0xFE])
        guard isLittle || bytes.starts(with: [0xFE, 0xFF]) else { return nil }
        let units = stride(from: 2, to: bytes.count - 1, by: 2).map { place in
            let (first, second) = (UInt16(bytes[place]), UInt16(bytes[place + 1]))
            return isLittle ? second << 8 | first : first << 8 | second
        }
        guard bytes.count % 2 == 0, let text = String(validating: units, as: UTF16.self), !text.utf8.contains(0) else {
            throw UnreadableDocument(reason: "is not valid UTF-16")
        }
        return text
    }
}
