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
            guard let declared = request.mediaType, PictureFormat.mediaTypes.contains(declared) else {
                throw Problem(.unsupportedMediaType, "send a picture as \(PictureFormat.mediaTypes.joined(separator: ", "))")
            }
            let bytes = try await request.body(limit: RequestLimits.mediaBytes)
            guard PictureFormat.mediaType(of: bytes) == declared else {
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
