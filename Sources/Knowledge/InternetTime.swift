import Foundation

/// Times as RFC 3339 writes them.
package enum InternetTime {
    /// Seconds since 1970; nil unless the text is a `date-time` of RFC 3339 section 5.6, of a day that exists.
    package static func seconds(_ text: String) -> Double? {
        var scanner = Scanner(rest: text.utf8[...])
        guard let day = CalendarDay(String(text.prefix(10))), let midnight = day.moment(offset: 0, hour: 0, minute: 0, in: .gmt),
            scanner.skip(10), scanner.takeOne(of: "Tt") != nil, let hour = scanner.number(in: 0...23), scanner.takeOne(of: ":") != nil,
            let minute = scanner.number(in: 0...59), scanner.takeOne(of: ":") != nil, let second = scanner.number(in: 0...60),
            let fraction = scanner.fraction(), let offset = scanner.offset(), scanner.rest.isEmpty
        else { return nil }
        return midnight.timeIntervalSince1970 + Double(hour * 3_600 + minute * 60 + second - offset) + fraction
    }

    private struct Scanner {
        var rest: Substring.UTF8View

        mutating func skip(_ count: Int) -> Bool {
            guard rest.count >= count else { return false }
            rest = rest.dropFirst(count)
            return true
        }

        mutating func takeOne(of characters: String) -> UInt8? {
            guard let byte = rest.first, characters.utf8.contains(byte) else { return nil }
            rest = rest.dropFirst()
            return byte
        }

        /// Two digits.
        mutating func number(in range: ClosedRange<Int>) -> Int? {
            let digits = rest.prefix(2)
            guard digits.count == 2, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
            let value = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
            rest = rest.dropFirst(2)
            return range.contains(value) ? value : nil
        }

        /// Zero where there is none.
        mutating func fraction() -> Double? {
            guard takeOne(of: ".") != nil else { return 0 }
            let digits = rest.prefix { (0x30...0x39).contains($0) }
            guard !digits.isEmpty else { return nil }
            rest = rest.dropFirst(digits.count)
            return digits.reversed().reduce(0.0) { ($0 + Double($1 - 0x30)) / 10 }
        }

        /// In seconds.
        mutating func offset() -> Int? {
            if takeOne(of: "Zz") != nil { return 0 }
            guard let sign = takeOne(of: "+-"), let hours = number(in: 0...23), takeOne(of: ":") != nil,
                let minutes = number(in: 0...59)
            else { return nil }
            return (hours * 60 + minutes) * (sign == UInt8(ascii: "-") ? -60 : 60)
        }
    }
}
