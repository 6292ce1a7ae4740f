import Foundation
import JSON
import Knowledge

/// The second stage: a pillar and a brief for each slot.
///
/// Platforms, content types and times are allocated, not asked for, so they are exactly what was ordered.
struct DistributionStage: Sendable {
    let context: GenerationContext

    func run(
        _ brief: Plan.Brief, brand: Brand, pillars: [Pillar], pictures: [Picture], evidence: Evidence
    ) async throws -> (slots: [Slot], usage: Usage) {
        let slots = SlotAllocator.slots(for: brief)
        let variables: [String: Any] = [
            "brandName": brand.name, "goals": (brief.goals.isEmpty ? brand.goals : brief.goals).joined(separator: "; "),
            "events": brief.eventList,
            "pillars": pillars.map {
                ["name": $0.name, "rationale": $0.rationale, "percent": Int(($0.share * 100).rounded())] as [String: Any]
            },
            "slots": slots.map { Self.variables($0, zone: brief.timeZone) },
            "fence": evidence.fence, "passages": evidence.variables, "pictures": pictures.variables,
        ]
        let schema = OutputSchemas.distribution(
            slotIDs: slots.map(\.id), pillars: pillars.map(\.name), pictureIDs: pictures.shortIDs)
        let answer = try await context.ask("distribution", context.prompts[.distribution], variables, schema: schema)
        let assigned = Self.assign(answer.value, to: slots, pillars: pillars)
        return (Self.assignPictures(answer.value, pictures, to: assigned), answer.usage)
    }

    /// Each picture once: where the model wants it first, else in the first slot that has none yet.
    static func assignPictures(_ value: JSON, _ pictures: [Picture], to slots: [Slot]) -> [Slot] {
        var slots = slots
        var left = Dictionary(zip(pictures.shortIDs, pictures.map(\.mediaID))) { first, _ in first }
        for entry in value["slots"]?.arrayValue ?? [] {
            guard let index = slots.firstIndex(where: { $0.id == entry["slot"]?.stringValue }), slots[index].mediaID == nil,
                let picture = entry["picture"]?.stringValue.flatMap({ left.removeValue(forKey: $0) })
            else { continue }
            slots[index].mediaID = picture
        }
        for id in pictures.shortIDs {
            guard let picture = left[id], let index = slots.firstIndex(where: { $0.mediaID == nil }) else { continue }
            slots[index].mediaID = picture
        }
        return slots
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
