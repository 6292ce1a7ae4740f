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

    /// Spreadsheets run a cell that begins like a formula (OWASP, CSV injection): an apostrophe makes it a text. Scalar by scalar:
    /// a comma with an accent parts cells all the same.
    private static func field(_ text: String) -> String {
        var scalars = text.unicodeScalars
        if let first = scalars.first, formulas.contains(first) { scalars.insert("'", at: scalars.startIndex) }
        guard scalars.contains(where: parting.contains) || scalars.first == " " || scalars.last == " " else { return String(scalars) }
        var quoted: String.UnicodeScalarView = "\"".unicodeScalars
        for scalar in scalars { quoted += scalar == "\"" ? ["\"", "\""] : [scalar] }
        quoted.append("\"")
        return String(quoted)
    }

    private static let formulas = Set("=+-@＝＋－＠\t\r\n".unicodeScalars)
    private static let parting = Set(",\"\r\n\u{B}\u{C}\u{85}\u{2028}\u{2029}".unicodeScalars)
}
