import Knowledge

/// Comma-separated values (RFC 4180), one post a row.
enum CSVExport {
    private static let columns = [
        "id", "slot", "scheduledAt", "platform", "contentType", "pillar", "state", "outdated", "text", "hashtags", "slides", "script",
        "altText",
        "callToAction", "mediaBrief", "mediaId", "citations", "failedChecks",
    ]

    static func render(_ plan: Plan, posts: [CitedPost]) -> String {
        let times = PlanTimes(plan)
        let rows = posts.map { cited in
            let post = cited.post
            return [
                post.id, post.slotID, post.scheduledAt.map(times.timestamp) ?? "", post.platform, post.contentType, post.pillar,
                post.state.rawValue, "\(cited.isOutdated)", post.text, post.hashtags.map { "#" + $0 }.joined(separator: " "),
                (post.slides ?? []).joined(separator: "\n\n"), post.script ?? "", post.altText, post.callToAction, post.mediaBrief,
                post.mediaID ?? "", post.citations.map { "\"\($0.quote)\" (\($0.documentTitle))" }.joined(separator: "\n"),
                post.checks.filter { $0.status == .fail }.map { "\($0.rule): \($0.detail)" }.joined(separator: "\n"),
            ]
        }
        return ([columns] + rows).map { $0.map(field).joined(separator: ",") + "\r\n" }.joined()
    }

    /// Spreadsheets run a cell that begins like a formula (OWASP, CSV injection): an apostrophe makes it a text.
    private static func field(_ text: String) -> String {
        let safe = text.first.map { "=+-@\t\r".contains($0) } == true ? "'" + text : text
        guard safe.contains(where: { ",\"\n\r\r\n".contains($0) || $0.isNewline }) || safe.first == " " || safe.last == " " else {
            return safe
        }
        return "\"" + safe.replacing("\"", with: "\"\"") + "\""
    }
}
