import Connectors
import JSON
import Knowledge
import Operations
import Retrieval

/// Finds the passages that posts are written from, for all posts of a plan at once.
///
/// One embedding request serves them all, and a passage that other posts are shown already gives way to the next best,
/// so that a week does not quote one passage twenty times.
struct EvidenceSelection: Sendable {
    let context: GenerationContext

    /// Passages that one post is shown, and among how many of each question they are chosen.
    static let passageLimit = 6
    private static let candidateLimit = 12
    /// Among the candidates of one question too, different ones count more than similar ones.
    private static let diversity = 0.3
    /// What each use by another post takes from a passage's rank, of which the best has 1 and the last almost 0.
    private static let usePenalty = 0.1

    /// The evidence by slot; a post without passages that carry its brief has the reason in place of it.
    ///
    /// - Parameter posts: with place, pillar and inputs.
    func evidence(for posts: [Post]) async throws -> (bySlot: [String: Evidence], usage: Usage) {
        let texts = posts.map(queries)
        let questions = texts.joined().map { text in
            var question = RetrievalService.Question(text)
            question.limit = Self.candidateLimit
            question.diversity = Self.diversity
            return question
        }
        guard let brand = posts.first?.brand else { return ([:], Usage()) }
        let context = context
        let hash = Digest.hexadecimal(questions.map(\.text).joined(separator: "\u{1F}"))
        let outcome = try await context.derivation("evidence", inputHash: hash) {
            let (found, usage) = try await context.retrieval.passages(for: questions, brand: brand)
            var rest = found[...]
            var uses: [String: Int] = [:]
            let chosen = texts.map { texts -> [Passage] in
                let lists = Array(rest.prefix(texts.count))
                rest = rest.dropFirst(texts.count)
                return Self.select(PillarStage.interleaved(lists, limit: .max), &uses)
            }
            // All at once: neighbours of a passage that several posts are shown are read once.
            var sources = try await context.surroundings.sources(Array(chosen.joined()), brand: brand)[...]
            let evidence = zip(posts, chosen).map { post, passages in
                defer { sources = sources.dropFirst(passages.count) }
                return (post.slotID, Evidence(Array(sources.prefix(passages.count))))
            }
            return .init(result: EvidenceTable(evidence).json, usage: usage)
        }
        guard let table = EvidenceTable(outcome.result) else { throw StoreError.corrupt("step evidence") }
        return (table.bySlot, outcome.usage)
    }

    /// Brief, pillar and platform make the questions.
    private func queries(_ post: Post) -> [String] {
        let brief = [post.inputs.brief, post.inputs.instruction].filter { !$0.isEmpty }.joined(separator: "\n")
        let platform = context.connectors[post.platform]?.rules.name ?? post.platform
        return [brief] + (post.pillar.isEmpty ? [] : ["\(post.pillar): \(brief)"]) + ["\(platform) \(post.contentType): \(brief)"]
    }

    /// The best of the candidates, which are in the order of their rank, after what other posts use already.
    static func select(_ candidates: [Passage], _ uses: inout [String: Int]) -> [Passage] {
        let count = Double(max(1, candidates.count))
        let ranked = candidates.enumerated().map { rank, passage -> (passage: Passage, worth: Double, rank: Int) in
            (passage, 1 - Double(rank) / count - usePenalty * Double(uses[passage.chunkID] ?? 0), rank)
        }
        let chosen = ranked.sorted { ($0.worth, $1.rank) > ($1.worth, $0.rank) }.prefix(passageLimit).map(\.passage)
        for passage in chosen { uses[passage.chunkID, default: 0] += 1 }
        return chosen
    }
}

/// The evidence of several posts as a checkpoint: each passage once, and its place for each post.
private struct EvidenceTable {
    let bySlot: [String: Evidence]
    private let order: [String]

    init(_ evidence: [(slot: String, Evidence)]) {
        bySlot = Dictionary(evidence.map { ($0.slot, $0.1) }) { first, _ in first }
        order = evidence.map(\.slot)
    }

    var json: JSON {
        var places: [String: Int] = [:]
        var passages: [JSON] = []
        let slots = order.compactMap { slot -> JSON? in
            guard let evidence = bySlot[slot] else { return nil }
            let own = evidence.passages.map { passage -> JSON in
                if places[passage.chunkID] == nil {
                    places[passage.chunkID] = passages.count
                    passages.append(passage.json)
                }
                return JSON(places[passage.chunkID] ?? 0)
            }
            return ["slot": .string(slot), "fence": .string(evidence.fence), "passages": .array(own)]
        }
        return ["passages": .array(passages), "slots": .array(slots)]
    }

    init?(_ json: JSON) {
        guard let passages = json["passages"]?.arrayValue?.map(Post.Source.init), let slots = json["slots"]?.arrayValue else { return nil }
        var evidence: [(String, Evidence)] = []
        for entry in slots {
            guard let slot = entry["slot"]?.stringValue, let fence = entry["fence"]?.stringValue,
                let own = entry["passages"]?.arrayValue?.compactMap(\.integerValue), own.allSatisfy({ passages.indices.contains($0) })
            else { return nil }
            evidence.append((slot, Evidence(own.compactMap { passages[$0] }, fence: fence)))
        }
        self.init(evidence)
    }
}
