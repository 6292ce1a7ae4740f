import Connectors
import JSON
import Knowledge
import Retrieval

/// Writes one post: retrieves, asks, checks, and asks once more when something is wrong.
struct PostWriter: Sendable {
    let context: GenerationContext
    let connector: any Connector
    let type: ContentType

    /// - Throws: `GenerationError.postsFailed` when this deployment has no such platform or content type.
    init(_ context: GenerationContext, for post: Post) throws {
        guard let connector = context.connectors[post.platform], let type = connector.contentType(post.contentType) else {
            throw GenerationError.postsFailed([post.slotID])
        }
        self.context = context
        self.connector = connector
        self.type = type
    }

    /// Passages that one post is shown.
    private static let passageLimit = 6

    /// The finished post; it is `needsReview` when a check still fails, `insufficientEvidence` without passages.
    ///
    /// - Parameter blank: has the place, the pillar and the inputs; the passages are found here.
    func write(_ blank: Post) async throws -> Post {
        var post = blank
        let (evidence, retrievalUsage) = try await retrieve(for: post)
        post.inputs.passages = evidence.passages
        post.inputs.fence = evidence.fence
        post.provenance.usage = retrievalUsage
        post.provenance.retrieved = evidence.passages.map(\.chunkID)
        guard !evidence.passages.isEmpty else {
            post.state = .insufficientEvidence
            post.checks = [.init(rule: "evidence", status: .fail, detail: "no passage of the brand's documents answers the brief")]
            return post
        }
        let prompt = try PostPrompt(context, connector, type, for: post)
        post.provenance.templates = prompt.hashes
        post.inputs.promptHash = prompt.messages.hash

        let first: ModelAnswer
        if let onDraft = context.onDraft {
            first = try await context.model.answer(prompt.request, onPiece: onDraft)
        } else {
            first = try await context.answer("\(post.slotID)/draft", prompt.request)
        }
        post.record(first)
        var draft = PostDraft(first.value, evidence).applied(to: post)
        var faults = PostChecks.faults(of: &draft, connector, type)
        var repairedRules: Set<String> = []
        if !faults.isEmpty {
            let (repair, hashes) = try prompt.repair(first, faults)
            let second = try await context.answer("\(post.slotID)/repair", repair)
            draft.record(second)
            draft.provenance.templates.merge(hashes) { first, _ in first }
            var mended = PostDraft(second.value, evidence).applied(to: draft)
            let left = PostChecks.faults(of: &mended, connector, type)
            // A second answer that is worse than the first is not taken.
            if left.count <= faults.count {
                repairedRules = Set(faults.map(\.rule)).subtracting(left.map(\.rule))
                (draft, faults) = (mended, left)
            }
        }
        draft.conclude(faults, repaired: repairedRules, connector)
        return draft
    }

    private func retrieve(for post: Post) async throws -> (Evidence, Usage) {
        let brief = [post.inputs.brief, post.inputs.instruction].filter { !$0.isEmpty }.joined(separator: "\n")
        let texts = post.pillar.isEmpty ? [brief] : [brief, "\(post.pillar): \(brief)"]
        let questions = texts.map { text in
            var question = RetrievalService.Question(text)
            question.limit = Self.passageLimit
            return question
        }
        return try await context.evidence("\(post.slotID)/evidence", for: questions, brand: post.brand) {
            PillarStage.interleaved($0, limit: Self.passageLimit)
        }
    }
}

extension Post {
    fileprivate mutating func record(_ answer: ModelAnswer) {
        provenance.model = answer.model
        provenance.usage += answer.usage
        provenance.attempts += answer.attempts
    }
}
