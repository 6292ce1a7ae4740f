import JSON
import Knowledge

/// The stage before all others, where a plan has pictures: a model that can see says what they show.
struct MediaStage: Sendable {
    let context: GenerationContext

    /// The pictures in words, in the order of their ids.
    ///
    /// - Throws: `GenerationError.unknownMedia` when a picture is not there any more.
    func run(_ brief: Plan.Brief, brand: Brand) async throws -> [Picture] {
        try await withThrowingTaskGroup(of: (Int, Picture).self) { group in
            for (index, id) in brief.mediaIDs.enumerated() {
                group.addTask { (index, try await describe(id, brief, brand)) }
            }
            var pictures: [(Int, Picture)] = []
            for try await picture in group { pictures.append(picture) }
            return pictures.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    private func describe(_ id: String, _ brief: Plan.Brief, _ brand: Brand) async throws -> Picture {
        guard let (media, bytes) = try await context.media.media(id, workspace: brand.key.workspace), media.brand == brand.key else {
            throw GenerationError.unknownMedia(id)
        }
        let template = context.prompts[.media]
        var messages = try context.messages(
            template, ["brandName": brand.name, "audience": brand.identity.audience, "language": brief.language])
        messages[messages.count - 1].pictures = [ModelPicture(mediaType: media.mediaType, bytes: bytes)]
        let answer = try await context.answer(
            "media/\(id)", context.request(template, messages: messages, schema: OutputSchemas.media))
        return Picture(
            mediaID: id, description: answer.value["description"]?.stringValue ?? "", altText: answer.value["altText"]?.stringValue ?? "")
    }
}

extension [Picture] {
    /// Short ids, as passages have them.
    var shortIDs: [String] { indices.map { "M\($0 + 1)" } }

    /// For `{{#pictures}}` in a template.
    var variables: [[String: Any]] { zip(shortIDs, self).map { ["id": $0, "description": $1.description] } }
}
