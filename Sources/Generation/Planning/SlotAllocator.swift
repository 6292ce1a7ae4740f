import Foundation
import Knowledge

/// Gives each post of a plan its platform, content type and time, from the brief alone.
///
/// Shares are met by the largest-remainder method; posts are spread evenly over the days and over each day's
/// hours; platforms and content types take turns, so that no day is all of one kind.
enum SlotAllocator {
    /// Clock times that a day's posts begin with, and between which they are spread.
    private static let (firstHour, lastHour) = (9, 19)

    static func slots(for brief: Plan.Brief) -> [Slot] {
        guard let zone = TimeZone(identifier: brief.timeZone) else { return [] }
        let platforms = interleaved(brief.channels, counts: counts(shares: brief.channels.map(\.share), total: brief.posts))
        let times = times(for: brief, zone: zone)
        var used: [String: Int] = [:]
        return zip(platforms, times).enumerated().map { index, pair in
            let turn = used[pair.0.platform, default: 0]
            used[pair.0.platform] = turn + 1
            return Slot(
                id: "slot-\(index + 1)", platform: pair.0.platform,
                contentType: pair.0.contentTypes[turn % pair.0.contentTypes.count], scheduledAt: pair.1)
        }
    }

    /// Whole numbers that sum to `total` and differ from the exact shares by less than one.
    static func counts(shares: [Double], total: Int) -> [Int] {
        let sum = shares.reduce(0, +)
        let exact = shares.map { $0 / sum * Double(total) }
        // A share of 0.7 of 10 computes to a hair under 7.
        var counts = exact.map { Int(($0 + 1e-9).rounded(.down)) }
        let byRemainder = exact.indices.sorted { (exact[$0] - Double(counts[$0]), $1) > (exact[$1] - Double(counts[$1]), $0) }
        for index in byRemainder.prefix(max(0, total - counts.reduce(0, +))) { counts[index] += 1 }
        return counts
    }

    /// Each channel `count` times, spread as evenly as they can be.
    private static func interleaved(_ channels: [Plan.Channel], counts: [Int]) -> [Plan.Channel] {
        var places: [(position: Double, channel: Int)] = []
        for (channel, count) in counts.enumerated() {
            for turn in 0..<count { places.append(((Double(turn) + 0.5) / Double(count), channel)) }
        }
        return places.sorted { ($0.position, $0.channel) < ($1.position, $1.channel) }.map { channels[$0.channel] }
    }

    private static func times(for brief: Plan.Brief, zone: TimeZone) -> [Date] {
        let days = (0..<brief.posts).map { $0 * brief.days / brief.posts }
        let perDay = Dictionary(days.map { ($0, 1) }, uniquingKeysWith: +)
        var placed: [Int: Int] = [:]
        return days.compactMap { day in
            let position = placed[day, default: 0]
            placed[day] = position + 1
            let minutes = minutesOfDay(position: position, count: perDay[day] ?? 1)
            return brief.start.moment(offset: day, hour: minutes / 60, minute: minutes % 60, in: zone)
        }
    }

    private static func minutesOfDay(position: Int, count: Int) -> Int {
        let span = (lastHour - firstHour) * 60
        let step = Double(span) / Double(count)
        return firstHour * 60 + Int(step * (Double(position) + 0.5)) / 5 * 5
    }
}
