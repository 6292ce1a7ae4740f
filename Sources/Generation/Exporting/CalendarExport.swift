import Foundation
import Knowledge

/// iCalendar (RFC 5545): an event for each post that has a time.
enum CalendarExport {
    static func render(_ plan: Plan, posts: [CitedPost]) -> String {
        var lines = [
            "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Postwright//Postwright//EN", "CALSCALE:GREGORIAN", "METHOD:PUBLISH",
            "X-WR-CALNAME:" + escaped("\(plan.brand.brand): \(plan.brief.start), \(plan.brief.days) days"),
            "X-WR-TIMEZONE:" + escaped(plan.brief.timeZone),
        ]
        for cited in posts {
            let post = cited.post
            guard let time = post.scheduledAt else { continue }
            let tags = post.hashtags.isEmpty ? "" : "\n\n" + post.hashtags.map { "#" + $0 }.joined(separator: " ")
            lines += [
                "BEGIN:VEVENT", "UID:\(post.id)@postwright", "DTSTAMP:" + utc(plan.updatedAt), "DTSTART:" + utc(time), "DURATION:PT15M",
                "SUMMARY:" + escaped("\(post.platform) \(post.contentType): \(post.pillar)"), "DESCRIPTION:" + escaped(post.text + tags),
                "CATEGORIES:" + escaped(post.platform), "STATUS:" + (post.state == .ready && !cited.isOutdated ? "CONFIRMED" : "TENTATIVE"),
                "TRANSP:TRANSPARENT", "END:VEVENT",
            ]
        }
        return (lines + ["END:VCALENDAR"]).map { folded($0) + "\r\n" }.joined()
    }

    /// Section 3.3.11: backslash, semicolon and comma are escaped, a line break is `\n`. Scalar by scalar: one with an accent
    /// parts values all the same.
    private static func escaped(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        var previous: Unicode.Scalar?
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\", ";", ",": result += ["\\", scalar]
            case "\n" where previous == "\r": break
            case "\n", "\r", "\u{B}", "\u{C}", "\u{85}", "\u{2028}", "\u{2029}": result += "\\n".unicodeScalars
            case "\t": result.append(scalar)
            // Other control characters may not stand in a text.
            case _ where scalar.properties.generalCategory == .control: break
            default: result.append(scalar)
            }
            previous = scalar
        }
        return String(result)
    }

    /// Section 3.1: no line is longer than 75 octets; what goes on begins with a space. No scalar is parted.
    private static func folded(_ line: String) -> String {
        var (result, octets) = ("", 0)
        for scalar in line.unicodeScalars {
            let width = String(scalar).utf8.count
            if octets + width > 75 {
                result += "\r\n "
                octets = 1
            }
            result.unicodeScalars.append(scalar)
            octets += width
        }
        return result
    }

    private static func utc(_ date: Date) -> String {
        date.formatted(Date.ISO8601FormatStyle(dateSeparator: .omitted, timeSeparator: .omitted, timeZone: .gmt))
    }
}
