/// A stored picture.
package struct Media: Sendable, Hashable {
    package var id: String
    package var brand: BrandKey
    package var mediaType: String
    package var byteCount: Int

    package init(id: String, brand: BrandKey, mediaType: String, byteCount: Int) {
        self.id = id
        self.brand = brand
        self.mediaType = mediaType
        self.byteCount = byteCount
    }
}

/// Pictures by their first bytes.
package enum PictureFormat {
    package static let mediaTypes = ["image/jpeg", "image/png", "image/gif", "image/webp"]

    package static func mediaType(of bytes: [UInt8]) -> String? {
        if bytes.starts(with: [0xFF, 0xD8, 0xFF]) { return "image/jpeg" }
        if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) { return "image/png" }
        if bytes.starts(with: Array("GIF8".utf8)) { return "image/gif" }
        if bytes.starts(with: Array("RIFF".utf8)), bytes.count >= 12, bytes[8..<12].elementsEqual("WEBP".utf8) { return "image/webp" }
        return nil
    }
}
