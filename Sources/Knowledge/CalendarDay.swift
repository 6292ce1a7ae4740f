package import Foundation

/// A day of the Gregorian calendar, without a time zone: `2026-11-23`.
package struct CalendarDay: Sendable, Hashable, Codable, Comparable, CustomStringConvertible {
    package var year: Int
    package var month: Int
    package var day: Int

    /// Nil unless the text is `YYYY-MM-DD` and such a day exists.
    package init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard text.utf8.count == 10, parts.count == 3, parts.map(\.utf8.count) == [4, 2, 2],
            parts.allSatisfy({ $0.utf8.allSatisfy { (48...57).contains($0) } }),
            let year = Int(parts[0]), let month = Int(parts[1]), let day = Int(parts[2])
        else { return nil }
        (self.year, self.month, self.day) = (year, month, day)
        guard let start = start(in: .gmt), CalendarDay(start, in: .gmt) == self else { return nil }
    }

    package init(_ date: Date, in zone: TimeZone) {
        let parts = Self.calendar(zone).dateComponents([.year, .month, .day], from: date)
        (year, month, day) = (parts.year ?? 1970, parts.month ?? 1, parts.day ?? 1)
    }

    package static func < (left: CalendarDay, right: CalendarDay) -> Bool {
        (left.year, left.month, left.day) < (right.year, right.month, right.day)
    }

    package var description: String {
        func padded(_ value: Int, _ width: Int) -> String {
            let digits = String(value)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
    }

    /// That clock time on the `offset`th day from this one; a time that the zone skips moves forward.
    package func moment(offset: Int, hour: Int, minute: Int, in zone: TimeZone) -> Date? {
        Self.calendar(zone).date(
            from: DateComponents(year: year, month: month, day: day + offset, hour: hour, minute: minute))
    }

    private func start(in zone: TimeZone) -> Date? { moment(offset: 0, hour: 0, minute: 0, in: zone) }

    private static func calendar(_ zone: TimeZone) -> Calendar {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = zone
        return calendar
    }
}
