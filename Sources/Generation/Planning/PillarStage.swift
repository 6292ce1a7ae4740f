import JSON
import Knowledge
import Retrieval

/// The first stage: what the brand's evidence can carry.
struct PillarStage: Sendable {
    let context: GenerationContext

    /// The evidence to plan from, and the pillars.
    func run(_ brief: Plan.Brief, brand: Brand, pictures: [Picture]) async throws -> (evidence: Evidence, pillars: [Pillar], usage: Usage) {
        let (evidence, retrievalUsage) = try await context.evidence(
            "pillars/evidence", for: Self.questions(for: brief, brand: brand), brand: brand.key
        ) { Self.interleaved($0, limit: 16) }
        guard !evidence.passages.isEmpty else {
            throw GenerationError.insufficientEvidence("the brand has no documents that are ready")
        }
        let variables: [String: Any] = [
            "brandName": brand.name, "audience": brand.identity.audience,
            "values": brand.identity.values.joined(separator: ", "),
            "goals": (brief.goals.isEmpty ? brand.goals : brief.goals).joined(separator: "; "),
            "events": brief.eventList, "days": brief.days, "start": brief.start.description, "posts": brief.posts,
            "language": brief.language, "fence": evidence.fence, "passages": evidence.variables,
            "pictures": pictures.variables,
        ]
        let answer = try await context.ask(
            "pillars", context.prompts[.pillars], variables, schema: OutputSchemas.pillars(passageIDs: evidence.ids))
        return (evidence, Self.pillars(answer.value, evidence), retrievalUsage + answer.usage)
    }

    /// What the brand offers, and each of the goals, events and values.
    private static func questions(for brief: Plan.Brief, brand: Brand) -> [RetrievalService.Question] {
        let topics = brief.goals + brand.goals + brief.events.map(\.name) + brand.identity.values
        let texts = ["What \(brand.name) offers", "prices, figures and facts"] + topics
        return texts.prefix(8).map { text in
            var question = RetrievalService.Question(text)
            question.limit = 6
            return question
        }
    }

    /// The lists as one, every list's first before any second, no passage twice.
    static func interleaved(_ lists: [[Passage]], limit: Int) -> [Passage] {
        var seen: Set<String> = []
        var merged: [Passage] = []
        for rank in 0..<(lists.map(\.count).max() ?? 0) {
            for list in lists where list.indices.contains(rank) && seen.insert(list[rank].chunkID).inserted {
                merged.append(list[rank])
            }
        }
        return Array(merged.prefix(limit))
    }

    /// Distinct names, and shares that sum to 1.
    private static func pillars(_ value: JSON, _ evidence: Evidence) -> [Pillar] {
        var pillars: [Pillar] = []
        for entry in value["pillars"]?.arrayValue ?? [] {
            let name = entry["name"]?.stringValue ?? ""
            guard !name.isEmpty, !pillars.contains(where: { $0.name == name }) else { continue }
            pillars.append(
                Pillar(
                    name: name, rationale: entry["rationale"]?.stringValue ?? "", share: entry["share"]?.doubleValue ?? 0,
                    evidence: (entry["evidence"]?.arrayValue ?? []).compactMap { $0.stringValue.flatMap { evidence[$0]?.chunkID } }))
        }
        let sum = pillars.map(\.share).reduce(0, +)
        for index in pillars.indices {
            pillars[index].share = sum > 0 ? pillars[index].share / sum : 1 / Double(pillars.count)
        }
        return pillars
    }
}

extension Plan.Brief {
    var eventList: String { events.map { "\($0.date): \($0.name)" }.joined(separator: "; ") }
}
