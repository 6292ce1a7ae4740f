import Connectors
import JSON
import Knowledge

/// Writes one post: retrieves, asks, checks, and asks once more when something is wrong.
struct PostWriter: Sendable {
    let context: GenerationContext
    let connector: any Connector
    let type: ContentType
    private let voice: VoiceMeasure

    /// - Throws: `GenerationError.postsFailed` when this deployment has no such platform or content type.
    /// - Parameter texts: those of the plan's other posts.
    init(_ context: GenerationContext, for post: Post, among texts: PlanTexts = PlanTexts()) throws {
        guard let connector = context.connectors[post.platform], let type = connector.contentType(post.contentType) else {
            throw GenerationError.postsFailed([post.slotID])
        }
        self.context = context
        self.connector = connector
        self.type = type
        // Where a picture is made afterwards and fails, the text is not to be judged anew when the post is resumed.
        let isFollowed = context.images != nil
        voice = VoiceMeasure(retrieval: context.retrieval, texts: texts) { name, hash, isKept, work in
            try await context.derivation(name, inputHash: hash, keeping: { isFollowed || isKept($0) }, work)
        }
    }

    /// The finished post of one that has its passages found for it alone.
    func write(_ blank: Post) async throws -> Post {
        let (found, usage) = try await EvidenceSelection(context: context).evidence(for: [blank])
        var blank = blank
        blank.provenance.usage = usage
        return try await write(blank, from: found[blank.slotID] ?? Evidence([]))
    }

    /// The finished post; it is `needsReview` when a check still fails, `insufficientEvidence` when the passages say
    /// nothing of its brief.
    ///
    /// - Parameter blank: has the place, the pillar and the inputs.
    func write(_ blank: Post, from evidence: Evidence) async throws -> Post {
        var post = blank
        post.inputs.passages = evidence.passages
        post.inputs.fence = evidence.fence
        post.provenance.retrieved = evidence.passages.map(\.chunkID)
        if let missing = try await EvidenceThreshold(retrieval: context.retrieval).missing(in: evidence, for: post.inputs.brief) {
            post.state = .insufficientEvidence
            let terms = missing.isEmpty ? "" : "; missing: \(missing.prefix(8).joined(separator: ", "))"
            post.checks = [.init(rule: "evidence", status: .fail, detail: "the brand's documents say nothing of the brief\(terms)")]
            return post
        }
        let prompt = try PostPrompt(context, connector, type, for: post)
        post.provenance.templates = prompt.hashes
        post.inputs.promptHash = prompt.messages.hash
        post.inputs.model = prompt.request.model ?? context.model.defaultModel

        let first: ModelAnswer
        if let onDraft = context.onDraft {
            first = try await context.model.answer(prompt.request, onPiece: onDraft)
        } else {
            first = try await context.answer("\(post.slotID)/draft", prompt.request)
        }
        post.record(first)
        var draft = try await voice.measured(PostDraft(first.value, evidence).applied(to: post), step: "\(post.slotID)/voice")
        var faults = PostChecks.faults(of: &draft, connector, type)
        var repairedRules: Set<String> = []
        if !faults.isEmpty {
            let (repair, hashes) = try prompt.repair(first, faults)
            let second = try await context.answer("\(post.slotID)/repair", repair)
            draft.record(second)
            draft.provenance.templates.merge(hashes) { first, _ in first }
            var mended = PostDraft(second.value, evidence).applied(to: draft)
            mended = try await voice.measured(mended, step: "\(post.slotID)/voice-repaired")
            let left = PostChecks.faults(of: &mended, connector, type)
            // A second answer that is worse than the first is not taken.
            if left.count <= faults.count {
                repairedRules = Set(faults.map(\.rule)).subtracting(left.map(\.rule))
                (draft, faults) = (mended, left)
            }
        }
        draft.conclude(faults, repaired: repairedRules, connector)
        return try await PictureMaking(context: context, connector: connector, type: type).illustrated(draft)
    }
}

extension Post {
    fileprivate mutating func record(_ answer: ModelAnswer) {
        provenance.model = answer.model
        provenance.usage += answer.usage
        provenance.attempts += answer.attempts
    }
}
