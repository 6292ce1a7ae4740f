import Foundation
package import Knowledge

/// A plan in the forms that other programs read.
package enum PlanExport: String, CaseIterable, Sendable {
    case csv, markdown, ical

    package var mediaType: String {
        switch self {
        case .csv: "text/csv; charset=utf-8; header=present"
        case .markdown: "text/markdown; charset=utf-8"
        case .ical: "text/calendar; charset=utf-8"
        }
    }

    package var fileExtension: String {
        switch self {
        case .csv: "csv"
        case .markdown: "md"
        case .ical: "ics"
        }
    }

    /// - Parameter posts: in the order of their times.
    package func render(_ plan: Plan, posts: [CitedPost]) -> String {
        switch self {
        case .csv: CSVExport.render(plan, posts: posts)
        case .markdown: MarkdownExport.render(plan, posts: posts)
        case .ical: CalendarExport.render(plan, posts: posts)
        }
    }
}

/// Times of a plan, in its own time zone and as a person reads them.
struct PlanTimes {
    private let zone: TimeZone

    init(_ plan: Plan) { zone = TimeZone(identifier: plan.brief.timeZone) ?? .gmt }

    /// `Monday 4 January`
    func day(_ date: Date) -> String {
        formatted(date, Date.FormatStyle(locale: Self.locale, timeZone: zone).weekday(.wide).day().month(.wide))
    }

    /// `09:30`
    func time(_ date: Date) -> String {
        formatted(date, Date.FormatStyle(locale: Self.locale, timeZone: zone).hour(.twoDigits(amPM: .omitted)).minute(.twoDigits))
    }

    /// RFC 3339 with the zone's offset: `2027-01-04T09:30:00+01:00`
    func timestamp(_ date: Date) -> String {
        date.formatted(Date.ISO8601FormatStyle(timeZoneSeparator: .colon, timeZone: zone))
    }

    private func formatted(_ date: Date, _ style: Date.FormatStyle) -> String { date.formatted(style) }

    private static let locale = Locale(identifier: "en_GB")
}
