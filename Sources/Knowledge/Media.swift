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
