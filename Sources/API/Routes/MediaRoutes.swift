import HTTPTypes
import Hummingbird
import JSON
import Knowledge
import Logging
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
            // A database that does not answer is told of as everywhere; later the head is on its way.
            let first = try await piece(0, of: media)
            let headers: HTTPFields = [.contentType: media.mediaType, .xContentTypeOptions: "nosniff"]
            return Response(status: .ok, headers: headers, body: body(of: media, first: first, requestID: context.requestID))
        }
    }

    /// Piece by piece, as fast as it is read: hundreds of pictures that nobody reads would fill the memory otherwise.
    private func body(of media: Media, first: [UInt8], requestID: String) -> ResponseBody {
        ResponseBody(contentLength: media.byteCount) { [self] writer in
            try await writer.write(ByteBuffer(bytes: first))
            var (number, written) = (1, first.count)
            while written < media.byteCount {
                let piece: [UInt8]
                do { piece = try await self.piece(number, of: media) } catch {
                    noteFailure(error, of: media, requestID)
                    throw error
                }
                try await writer.write(ByteBuffer(bytes: piece))
                (number, written) = (number + 1, written + piece.count)
            }
            try await writer.finish(nil)
        }
    }

    /// - Throws: `StoreError`, also for a piece that is not there.
    private func piece(_ number: Int, of media: Media) async throws -> [UInt8] {
        guard let piece = try await dependencies.media.piece(number, of: media), !piece.isEmpty else {
            throw StoreError.corrupt("the picture \(media.id) has no piece \(number)")
        }
        return piece
    }

    /// Its client sees that the connection ends too early.
    private func noteFailure(_ error: any Error, of media: Media, _ requestID: String) {
        dependencies.requestWatch.note(Problem(error).code)
        dependencies.logger.error(
            "a request failed",
            metadata: [
                "requestId": "\(requestID)", "path": "/v1/media/\(media.id)", "error": "\(error)", "workspace": "\(media.brand.workspace)",
            ])
    }
}
