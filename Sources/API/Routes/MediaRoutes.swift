import HTTPTypes
import Hummingbird
import JSON
import Knowledge
import NIOCore

struct MediaRoutes: Sendable {
    let dependencies: APIDependencies

    func add(to routes: inout RouteTable) {
        routes.on(.post, "/v1/brands/{brandId}/media") { request, context in
            let brand = try await dependencies.brand(context)
            guard let declared = request.mediaType, Picture.mediaTypes.contains(declared) else {
                throw Problem(.unsupportedMediaType, "send a picture as \(Picture.mediaTypes.joined(separator: ", "))")
            }
            let bytes = try await request.body(limit: RequestLimits.mediaBytes)
            guard Picture.mediaType(of: bytes) == declared else {
                throw Problem.invalid(.root, "the body is not a picture of type \(declared)")
            }
            let media = Media(id: dependencies.clock.makeID(), brand: brand.key, mediaType: declared, byteCount: bytes.count)
            try await dependencies.media.save(media, bytes: bytes)
            return Answer.json(
                ["id": .string(media.id), "brandId": .string(brand.id), "mediaType": .string(declared), "bytes": JSON(bytes.count)],
                status: .created, headers: [(.location, "/v1/media/\(media.id)")])
        }
        routes.on(.get, "/v1/media/{mediaId}") { _, context in
            let id = try context.id("mediaId", of: "picture")
            guard let (media, bytes) = try await dependencies.media.media(id, workspace: context.workspace) else {
                throw Problem.notFound("picture")
            }
            let headers: HTTPFields = [.contentType: media.mediaType, .xContentTypeOptions: "nosniff"]
            return Response(status: .ok, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
        }
    }
}

/// Pictures by their first bytes.
enum Picture {
    static let mediaTypes = ["image/jpeg", "image/png", "image/gif", "image/webp"]

    static func mediaType(of bytes: [UInt8]) -> String? {
        if bytes.starts(with: [0xFF, 0xD8, 0xFF]) { return "image/jpeg" }
        if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) { return "image/png" }
        if bytes.starts(with: Array("GIF8".utf8)) { return "image/gif" }
        if bytes.starts(with: Array("RIFF".utf8)), bytes.count >= 12, bytes[8..<12].elementsEqual("WEBP".utf8) { return "image/webp" }
        return nil
    }
}
