package import Foundation
package import JSON

/// Something that a brand knows, as it was uploaded.
package struct Document: Sendable, Hashable, Codable {
    package enum Kind: String, Sendable, Codable, CaseIterable {
        case brandVoice, productSheet, pastPost, guideline, other
    }

    package enum Format: String, Sendable, Codable, CaseIterable {
        case markdown, text, html, json, csv, pdf, docx

        /// Whether the document itself is text, and not what text is made of.
        package var isText: Bool { self != .pdf && self != .docx }
    }

    package enum State: String, Sendable, Codable {
        case queued, processing, ready, failed
    }

    package var id: String
    package var brand: BrandKey
    package var title: String
    package var kind: Kind
    package var format: Format
    /// Where it came from, in the uploader's words: a URL or a path.
    package var source: String
    package var content: String
    /// SHA-256 of the content, in hexadecimal.
    package var contentHash: String
    package var metadata: JSON
    package var state: State
    package var error: String?
    /// The operation that ingests its latest version: no other one may.
    package var operationID: String?
    /// Counts the uploads of this document from 1.
    package var version: Int
    /// The version whose chunks are searched; 0 before the first is ready.
    package var activeVersion: Int
    package var chunkCount: Int
    package var createdAt: Date
    package var updatedAt: Date

    package init(
        id: String, brand: BrandKey, title: String, kind: Kind, format: Format, source: String, content: String,
        contentHash: String, metadata: JSON, createdAt: Date
    ) {
        self.id = id
        self.brand = brand
        self.title = title
        self.kind = kind
        self.format = format
        self.source = source
        self.content = content
        self.contentHash = contentHash
        self.metadata = metadata
        state = .queued
        version = 1
        activeVersion = 0
        chunkCount = 0
        self.createdAt = createdAt
        updatedAt = createdAt
    }
}
