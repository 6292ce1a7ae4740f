import Crypto
package import JSON
package import Knowledge

/// A document as a client sends it.
package struct DocumentUpload: Sendable {
    /// The client's own id, to ingest in place.
    package var id: String?
    package var title: String?
    package var kind: Document.Kind
    package var format: Document.Format
    package var content: String
    package var source: String
    package var metadata: JSON

    package init(
        id: String? = nil, title: String? = nil, kind: Document.Kind = .other, format: Document.Format, content: String,
        source: String = "", metadata: JSON = [:]
    ) {
        self.id = id
        self.title = title
        self.kind = kind
        self.format = format
        // A byte order mark is no part of the text.
        self.content = content.unicodeScalars.first == "\u{FEFF}" ? String(content.unicodeScalars.dropFirst()) : content
        self.source = source
        self.metadata = metadata
    }

    /// The record to store; the title is the given one, else the document's own, else the last part of the source.
    ///
    /// - Throws: `UnreadableDocument` when the content cannot be parsed or holds no text.
    func document(brand: BrandKey, clock: any WallClock) throws(UnreadableDocument) -> Document {
        let parsed = try format.parse(content)
        guard !parsed.blocks.isEmpty else { throw UnreadableDocument(reason: "the content holds no text") }
        try Chunker().check(parsed, content: content)
        let fileName = source.split(separator: "/").last.map(String.init)
        let title = [title, parsed.title, fileName].lazy.compactMap { $0 }.first { !$0.isEmpty } ?? "Untitled"
        return Document(
            id: id ?? clock.makeID(), brand: brand, title: String(title.unicodeScalars.prefix(300)), kind: kind, format: format,
            source: source,
            content: content, contentHash: ContentHash.hexadecimal(of: content), metadata: metadata, createdAt: clock.now)
    }
}

/// SHA-256 in hexadecimal.
package enum ContentHash {
    package static func hexadecimal(of text: String) -> String { hexadecimal(of: Array(text.utf8)) }

    /// Of the parts behind each other.
    package static func hexadecimal(of parts: [UInt8]...) -> String {
        var hash = SHA256()
        for part in parts { hash.update(data: part) }
        return hash.finalize().map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
