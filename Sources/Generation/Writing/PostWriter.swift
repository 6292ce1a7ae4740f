import Connectors
import JSON
import Knowledge
import Retrieval

/// Writes one post: retrieves, asks, checks, and asks once more when something is wrong.
struct PostWriter: Sendable {
    let context: GenerationContext

    /// What a post is to be.
    struct Assignment: Sendable {
        var brand: Brand
        var connector: any Connector
        var contentType: ContentType
        var pillar: String
        var brief: String
        var language: String
        /// What the client says itself: its figures need no passage.
        var given: [String]
    }

    /// Passages that one post is shown.
    private static let passageLimit = 6

    /// The finished post; it is `needsReview` when a check still fails, `insufficientEvidence` without passages.
    func write(_ blank: Post, _ assignment: Assignment) async throws -> Post {
        var post = blank
        let (evidence, retrievalUsage) = try await retrieve(assignment, slot: post.slotID)
        post.provenance.usage = retrievalUsage
        post.provenance.retrieved = evidence.passages.map(\.chunkID)
        guard !evidence.passages.isEmpty else {
            post.state = .insufficientEvidence
            post.checks = [.init(rule: "evidence", status: .fail, detail: "no passage of the brand's documents answers the brief")]
            return post
        }
        let schema = OutputSchemas.post(
            passageIDs: evidence.ids, platform: assignment.connector.id, type: assignment.contentType)
        let template = context.prompts[.post]
        var messages = try context.messages(template, try variables(assignment, evidence))
        let guidance = context.prompts.guidance(for: assignment.connector.id)
        post.provenance.templates = template.hashes.merging(guidance.hashes) { first, _ in first }

        let question = context.request(template, messages: messages, schema: schema)
        let first: ModelAnswer
        if let onDraft = context.onDraft {
            first = try await context.model.answer(question, onPiece: onDraft)
        } else {
            first = try await context.answer("\(post.slotID)/draft", question)
        }
        post.record(first)
        var draft = PostDraft(first.value, evidence, given: assignment.given)
        var faults = PostChecks.faults(of: draft, in: draft.applied(to: post), assignment)
        var repairedRules: Set<String> = []
        if !faults.isEmpty {
            let repair = context.prompts[.repair]
            messages.append(ModelMessage(.assistant, first.value.text))
            let list: [[String: Any]] = faults.map { ["rule": $0.rule, "detail": $0.detail] }
            messages.append(ModelMessage(.user, try repair.render(["faults": list])))
            post.provenance.templates.merge(repair.hashes) { first, _ in first }
            let second = try await context.answer(
                "\(post.slotID)/repair", context.request(repair, messages: messages, schema: schema))
            post.record(second)
            let mended = PostDraft(second.value, evidence, given: assignment.given)
            let left = PostChecks.faults(of: mended, in: mended.applied(to: post), assignment)
            // A second answer that is worse than the first is not taken.
            if left.count <= faults.count {
                repairedRules = Set(faults.map(\.rule)).subtracting(left.map(\.rule))
                (draft, faults) = (mended, left)
            }
        }
        post = draft.applied(to: post)
        post.checks = PostChecks.report(faults: faults, repaired: repairedRules)
        post.state = faults.isEmpty ? .ready : .needsReview
        let caption = assignment.connector.caption(text: post.text, hashtags: post.hashtags)
        post.payload = assignment.connector.payload(for: post, caption: caption)
        return post
    }

    private func retrieve(_ assignment: Assignment, slot: String) async throws -> (Evidence, Usage) {
        let texts = assignment.pillar.isEmpty ? [assignment.brief] : [assignment.brief, "\(assignment.pillar): \(assignment.brief)"]
        let questions = texts.map { text in
            var question = RetrievalService.Question(text)
            question.limit = Self.passageLimit
            return question
        }
        return try await context.evidence("\(slot)/evidence", for: questions, brand: assignment.brand.key) {
            PillarStage.interleaved($0, limit: Self.passageLimit)
        }
    }

    private func variables(_ assignment: Assignment, _ evidence: Evidence) throws -> [String: Any] {
        let identity = assignment.brand.identity
        let guidance = try context.prompts.guidance(for: assignment.connector.id).render([
            "brandName": assignment.brand.name, "contentType": assignment.contentType.id, "language": assignment.language,
        ])
        return [
            "brandName": assignment.brand.name, "voice": identity.voice, "tone": identity.tone, "audience": identity.audience,
            "dos": identity.dos.joined(separator: "; "), "donts": identity.donts.joined(separator: "; "),
            "bannedTerms": identity.bannedTerms.joined(separator: ", "), "language": assignment.language,
            "platform": assignment.connector.rules.name, "contentType": assignment.contentType.id,
            "guidance": guidance, "textLimit": assignment.contentType.textLimit,
            "hashtagLimit": assignment.contentType.hashtagLimit, "pillar": assignment.pillar, "brief": assignment.brief,
            "fence": evidence.fence, "passages": evidence.variables,
        ]
    }
}

extension Post {
    fileprivate mutating func record(_ answer: ModelAnswer) {
        provenance.model = answer.model
        provenance.usage += answer.usage
        provenance.attempts += answer.attempts
    }
}
