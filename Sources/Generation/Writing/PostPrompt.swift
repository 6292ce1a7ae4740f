import Connectors
import JSON
import Knowledge

/// The question that asks for a post, made of the post's inputs alone: the same inputs give the same words again.
struct PostPrompt {
    let messages: [ModelMessage]
    let request: ModelRequest
    /// The templates that it is made of.
    let hashes: [String: String]
    private let context: GenerationContext

    init(_ context: GenerationContext, _ connector: any Connector, _ type: ContentType, for post: Post) throws {
        let evidence = Evidence(post.inputs.passages, fence: post.inputs.fence)
        let template = context.prompts[.post]
        let guidance = context.prompts.guidance(for: connector.id)
        let hints = try guidance.render([
            "brandName": post.inputs.brandName, "contentType": type.id, "language": post.inputs.language,
        ])
        self.context = context
        messages = try context.messages(template, Self.variables(post, evidence, connector, type, guidance: hints))
        request = context.request(
            template, messages: messages,
            schema: OutputSchemas.post(passageIDs: evidence.ids, platform: connector.id, type: type, style: post.inputs.identity.style))
        hashes = template.hashes.merging(guidance.hashes) { first, _ in first }
    }

    /// Asks for the post again without its faults.
    func repair(_ answer: ModelAnswer, _ faults: [PostChecks.Fault]) throws -> (request: ModelRequest, hashes: [String: String]) {
        let template = context.prompts[.repair]
        let list: [[String: Any]] = faults.map { ["rule": $0.rule, "detail": $0.detail] }
        let conversation =
            messages + [
                ModelMessage(.assistant, answer.value.text), ModelMessage(.user, try template.render(["faults": list])),
            ]
        return (context.request(template, messages: conversation, schema: request.schema), template.hashes)
    }

    private static func variables(
        _ post: Post, _ evidence: Evidence, _ connector: any Connector, _ type: ContentType, guidance: String
    ) -> [String: Any] {
        let identity = post.inputs.identity
        let pictures = post.inputs.picture.map { [$0] } ?? []
        return [
            "brandName": post.inputs.brandName, "voice": identity.voice, "tone": identity.tone, "audience": identity.audience,
            "dos": identity.dos.joined(separator: "; "), "donts": identity.donts.joined(separator: "; "),
            "requiredTerms": identity.requiredTerms.joined(separator: ", "), "style": identity.style.words,
            "bannedTerms": identity.bannedTerms.joined(separator: ", "), "language": post.inputs.language,
            "platform": connector.rules.name, "contentType": type.id, "guidance": guidance, "textLimit": type.textLimit,
            "hashtagLimit": type.hashtagLimit(of: identity.style), "pillar": post.pillar, "brief": post.inputs.brief,
            "previousText": post.inputs.previousText, "instruction": post.inputs.instruction,
            "picture": pictures.shortIDs.first ?? "", "pictures": pictures.variables, "fence": evidence.fence,
            "passages": evidence.variables,
        ]
    }
}
