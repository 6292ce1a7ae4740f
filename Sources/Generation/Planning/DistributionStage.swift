import Foundation
import JSON
import Knowledge

/// The second stage: a pillar and a brief for each slot.
///
/// Platforms, content types and times are allocated, not asked for, so they are exactly what was ordered.
struct DistributionStage: Sendable {
    let context: GenerationContext

    func run(
        _ brief: Plan.Brief, brand: Brand, pillars: [Pillar], evidence: Evidence
    ) async throws -> (slots: [Slot], usage: Usage) {
        let slots = SlotAllocator.slots(for: brief)
        let variables: [String: Any] = [
            "brandName": brand.name, "goals": (brief.goals.isEmpty ? brand.goals : brief.goals).joined(separator: "; "),
            "events": brief.eventList,
            "pillars": pillars.map {
                ["name": $0.name, "rationale": $0.rationale, "percent": Int(($0.share * 100).rounded())] as [String: Any]
            },
            "slots": slots.map { Self.variables($0, zone: brief.timeZone) },
            "fence": evidence.fence, "passages": evidence.variables,
        ]
        let schema = OutputSchemas.distribution(slotIDs: slots.map(\.id), pillars: pillars.map(\.name))
        let answer = try await context.ask("distribution", context.prompts[.distribution], variables, schema: schema)
        return (Self.assign(answer.value, to: slots, pillars: pillars), answer.usage)
    }

    /// The model's proposal, mended: a slot that it left out takes the pillar furthest below its share.
    static func assign(_ value: JSON, to slots: [Slot], pillars: [Pillar]) -> [Slot] {
        var proposals: [String: (pillar: String, brief: String)] = [:]
        for entry in value["slots"]?.arrayValue ?? [] {
            guard let slot = entry["slot"]?.stringValue, let pillar = entry["pillar"]?.stringValue, proposals[slot] == nil,
                pillars.contains(where: { $0.name == pillar })
            else { continue }
            proposals[slot] = (pillar, entry["brief"]?.stringValue ?? "")
        }
        var used: [String: Int] = [:]
        for proposal in proposals.values { used[proposal.pillar, default: 0] += 1 }
        return slots.map { slot in
            var slot = slot
            if let proposal = proposals[slot.id] {
                (slot.pillar, slot.brief) = (proposal.pillar, proposal.brief)
            } else if let pillar = neediest(pillars, used: used, total: slots.count) {
                used[pillar.name, default: 0] += 1
                (slot.pillar, slot.brief) = (pillar.name, pillar.rationale)
            }
            return slot
        }
    }

    private static func neediest(_ pillars: [Pillar], used: [String: Int], total: Int) -> Pillar? {
        func lack(_ pillar: Pillar) -> Double { pillar.share * Double(total) - Double(used[pillar.name, default: 0]) }
        return pillars.max { lack($0) < lack($1) }
    }

    private static func variables(_ slot: Slot, zone: String) -> [String: Any] {
        var style = Date.FormatStyle(locale: Locale(identifier: "en_GB"), timeZone: TimeZone(identifier: zone) ?? .gmt)
        style = style.weekday(.wide).day().month(.wide)
        let time = Date.FormatStyle(locale: Locale(identifier: "en_GB"), timeZone: TimeZone(identifier: zone) ?? .gmt)
            .hour(.twoDigits(amPM: .omitted)).minute(.twoDigits)
        return [
            "id": slot.id, "weekday": slot.scheduledAt.formatted(style), "time": slot.scheduledAt.formatted(time),
            "platform": slot.platform, "contentType": slot.contentType,
        ]
    }
}
