/// Makes text of documents that are not text themselves.
package protocol DocumentConverter: Sendable {
    /// The document's words: plain text of a PDF, its pages parted by form feeds; Markdown of a DOCX.
    ///
    /// - Throws: `ConversionError`, `CancellationError`.
    func text(of bytes: [UInt8], format: Document.Format) async throws -> String
    /// Why the format cannot be read here, in a sentence; nil when it can.
    func unavailability(of format: Document.Format) -> String?
}

/// Why a document could not be made text of; the sentences are for the uploader.
package enum ConversionError: Error, Sendable, Hashable {
    /// It is damaged, protected, without text, or larger inside than is read.
    case unreadable(String)
    /// What reads this format is not installed.
    case unavailable(String)
    /// So many others are being read that it had no turn: later.
    case busy
}
