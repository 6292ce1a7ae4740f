import JSON
import Knowledge

// What both faces of the API do with brands and pictures.

extension APIDependencies {
    /// Creates the brand or replaces it.
    ///
    /// - Throws: `Problem`, `StoreError`.
    func putBrand(_ id: String, _ value: JSON, workspace: String) async throws -> (brand: Brand, created: Bool) {
        guard Slug.isValidBrandID(id) else {
            throw Problem.invalid(
                .root.appending("brandId"), "a brand's id has 1 to 64 lower-case letters, digits and hyphens, and begins with no hyphen")
        }
        let key = BrandKey(workspace: workspace, brand: id)
        let brand = try BrandRequest.brand(key, value, clock: clock)
        let created = try await brands.put(brand)
        return (try await brands.brand(key) ?? brand, created)
    }

    func deleteBrand(_ key: BrandKey) async throws {
        let deleted = try await brands.delete(key)
        await index.remove(brand: key)
        guard deleted else { throw Problem.notFound("brand") }
    }

    /// - Parameter declared: the media type that the client says it is.
    func addMedia(_ bytes: [UInt8], declared: String, brand: BrandKey) async throws -> Media {
        guard PictureFormat.mediaType(of: bytes) == declared else {
            throw Problem.invalid(.root, "the body is not a picture of type \(declared)")
        }
        let picture = Media(id: clock.makeID(), brand: brand, mediaType: declared, byteCount: bytes.count)
        try await media.save(picture, bytes: bytes)
        return picture
    }

    static func pictureType(_ declared: String?) throws(Problem) -> String {
        guard let declared, PictureFormat.mediaTypes.contains(declared) else {
            throw Problem(.unsupportedMediaType, "send a picture as \(PictureFormat.mediaTypes.joined(separator: ", "))")
        }
        return declared
    }
}
