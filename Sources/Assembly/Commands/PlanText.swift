import Foundation
package import Generation
package import Knowledge

/// A plan as a person reads it.
package enum PlanText {
    package static func render(_ plan: Plan, posts: [CitedPost]) -> String {
        var lines = ["Plan \(plan.id): \(posts.count) posts from \(plan.brief.start) over \(plan.brief.days) days", ""]
        lines += plan.pillars.map { "  \(Int(($0.share * 100).rounded())) %  \($0.name): \($0.rationale)" }
        for post in posts { lines += [""] + render(post, zone: TimeZone(identifier: plan.brief.timeZone) ?? .gmt) }
        return lines.joined(separator: "\n")
    }

    private static func render(_ cited: CitedPost, zone: TimeZone) -> [String] {
        let post = cited.post
        var style = Date.FormatStyle(locale: Locale(identifier: "en_GB"), timeZone: zone)
        style = style.weekday().day().month().hour(.twoDigits(amPM: .omitted)).minute(.twoDigits)
        let time = post.scheduledAt?.formatted(style) ?? ""
        var lines = ["── \(time)  \(post.platform) \(post.contentType)  \(post.pillar)  (\(post.state.rawValue))"]
        lines += post.text.split(separator: "\n", omittingEmptySubsequences: false).map { "   \($0)" }
        for (index, slide) in (post.slides ?? []).enumerated() { lines.append("   slide \(index + 1): \(slide)") }
        if let script = post.script { lines.append("   script: \(script)") }
        if !post.hashtags.isEmpty { lines.append("   " + post.hashtags.map { "#" + $0 }.joined(separator: " ")) }
        for (citation, isCurrent) in zip(post.citations, cited.isCurrent) {
            let place = "\(citation.documentTitle), \(citation.chunkID)\(isCurrent ? "" : ", outdated")"
            lines.append("   \(citation.verified && isCurrent ? "✓" : "✗") “\(citation.quote)” (\(place))")
        }
        for check in post.checks where check.status == .fail { lines.append("   check failed: \(check.rule): \(check.detail)") }
        return lines
    }
}
