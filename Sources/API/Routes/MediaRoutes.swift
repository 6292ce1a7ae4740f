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
            let declared = try APIDependencies.pictureType(request.mediaType)
            let bytes = try await request.body(limit: RequestLimits.mediaBytes)
            let media = try await dependencies.addMedia(bytes, declared: declared, brand: brand.key)
            return Answer.json(
                ["id": .string(media.id), "brandId": .string(brand.id), "mediaType": .string(declared), "bytes": JSON(bytes.count)],
                status: .created, headers: [(.location, "/v1/media/\(media.id)")])
        }
        routes.on(.get, "/v1/media/{mediaId}") { _, context in
            let id = try context.id("mediaId", of: "picture")
            guard let media = try await dependencies.media.description(id, workspace: context.workspace),
                context.principal.sees(media.brand)
            else {
                throw Problem.notFound("picture")
            }
            let headers: HTTPFields = [.contentType: media.mediaType, .xContentTypeOptions: "nosniff"]
            return Response(status: .ok, headers: headers, body: body(of: media))
        }
    }

    /// Piece by piece, as fast as it is read: hundreds of pictures that nobody reads would fill the memory otherwise.
    private func body(of media: Media) -> ResponseBody {
        ResponseBody(contentLength: media.byteCount) { [store = dependencies.media] writer in
            var (number, written) = (0, 0)
            while written < media.byteCount {
                guard let piece = try await store.piece(number, of: media) else {
                    throw StoreError.corrupt("the picture \(media.id) has \(written) of \(media.byteCount) bytes")
                }
                try await writer.write(ByteBuffer(bytes: piece))
                (number, written) = (number + 1, written + piece.count)
            }
            try await writer.finish(nil)
        }
    }
}
