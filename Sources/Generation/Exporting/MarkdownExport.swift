import Knowledge

/// Markdown (CommonMark): the days as headings, each post as a quotation with the passages that it stands on.
enum MarkdownExport {
    static func render(_ plan: Plan, posts: [CitedPost]) -> String {
        let times = PlanTimes(plan)
        var lines = [
            "# \(escaped(plan.brand.brand)): \(plan.brief.start), \(plan.brief.days) days", "",
            "\(posts.count) posts, times in \(plan.brief.timeZone).", "",
        ]
        lines += plan.pillars.map { "- **\(escaped($0.name))** (\(Int(($0.share * 100).rounded())) %): \(escaped($0.rationale))" }
        var day = ""
        for cited in posts {
            if let time = cited.post.scheduledAt, times.day(time) != day {
                day = times.day(time)
                lines += ["", "## \(day)"]
            }
            lines += [""] + section(cited, times)
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func section(_ cited: CitedPost, _ times: PlanTimes) -> [String] {
        let post = cited.post
        let time = post.scheduledAt.map { times.time($0) + " " } ?? ""
        var lines = ["### \(time)\(post.platform) \(post.contentType)", "", "*\(escaped(post.pillar))*, \(post.state.rawValue)", ""]
        lines += quotation(post.text)
        for (index, slide) in (post.slides ?? []).enumerated() { lines += ["", "Slide \(index + 1):", ""] + quotation(slide) }
        if let script = post.script { lines += ["", "Script:", ""] + quotation(script) }
        if !post.hashtags.isEmpty { lines += ["", post.hashtags.map { "\\#" + escaped($0) }.joined(separator: " ")] }
        if !post.mediaBrief.isEmpty { lines += ["", "Picture: " + escaped(post.mediaBrief)] }
        if !post.altText.isEmpty { lines += ["", "Alternative text: " + escaped(post.altText)] }
        if !post.citations.isEmpty { lines.append("") }
        lines += zip(post.citations, cited.isCurrent).map { citation, isCurrent in
            let status = (citation.verified ? "verified" : "**not verified**") + (isCurrent ? "" : ", **outdated**")
            return "- \(status): “\(escaped(citation.quote))” (\(escaped(citation.documentTitle)), `\(citation.chunkID)`)"
        }
        let failed = post.checks.filter { $0.status == .fail }
        if !failed.isEmpty { lines.append("") }
        return lines + failed.map { "- **\(escaped($0.rule))** fails: \(escaped($0.detail))" }
    }

    private static func quotation(_ text: String) -> [String] {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { $0.isEmpty ? ">" : "> " + escaped(String($0)) }
    }

    private static func escaped(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).joined(separator: " ").unicodeScalars {
            if reserved.contains(scalar) { result.append("\\") }
            result.append(scalar)
        }
        return String(result)
    }

    private static let reserved = Set("\\`*_[]<>#|".unicodeScalars)
}
