import Foundation

/// A number of a text with what it counts: `49 euro`, `5 %`, `12 March`, `1.7 litres`, `9:30`.
struct Figure: Hashable, Sendable {
    /// The number's readings, since 1.700 is one thing in Oslo and another in Ohio.
    var values: Set<Decimal>
    /// `%`, a currency, a unit or a month in one spelling; nil where the words around the number name none.
    var unit: String?
    /// As it stands in the text.
    var text: String

    /// Whether one of `figures` says the same: the same number, of the same unit where a unit is named.
    func isSupported(by figures: [Figure]) -> Bool {
        figures.contains { !values.isDisjoint(with: $0.values) && (unit == nil || unit == $0.unit) }
    }
}

extension Figure {
    /// All figures of the text, in their order.
    static func figures(in text: String) -> [Figure] {
        let text = text.replacing(/(\d{4})-(\d{2})-(\d{2})/) { match in
            // A date as its parts, so that it meets the same date in words.
            let month = Int(match.2).flatMap { (1...12).contains($0) ? months[$0 - 1] : nil } ?? ""
            return "\(Int(match.3) ?? 0) \(month) \(match.1)"
        }
        return numerals(in: text) + words(in: text)
    }

    private static func numerals(in text: String) -> [Figure] {
        text.matches(of: /\d+(?:[.,:'’\u{A0}\u{202F} ]\d+)*/).flatMap { match -> [Figure] in
            pieces(text[match.range]).map { piece in
                Figure(values: readings(piece), unit: unit(before: piece.startIndex, after: piece.endIndex, in: text), text: String(piece))
            }
        }
    }

    /// A space joins digits only where it parts thousands.
    private static func pieces(_ digits: Substring) -> [Substring] {
        if digits.wholeMatch(of: /\d{1,3}(?:[ \u{A0}\u{202F}]\d{3})+(?:[.,]\d+)?/) != nil { return [digits] }
        return digits.split { $0 == " " || $0 == "\u{A0}" || $0 == "\u{202F}" }
    }

    private static func readings(_ digits: Substring) -> Set<Decimal> {
        func number(_ text: String) -> Decimal? { Decimal(string: text, locale: Locale(identifier: "en_US_POSIX")) }
        let isGrouped = digits.wholeMatch(of: /\d{1,3}(?:[.,'’ \u{A0}\u{202F}]\d{3})+/) != nil
        let separators = digits.filter { !$0.isNumber }
        var found: Set<Decimal> = []
        // 9:30 is neither 9 nor 930.
        if separators.contains(":") {
            return Set([number(String(digits.map { $0 == ":" ? "." : $0 })).map { $0 + 1_000_000 }].compactMap { $0 })
        }
        if separators.isEmpty || isGrouped, let whole = number(digits.filter(\.isNumber)) { found.insert(whole) }
        if let last = digits.lastIndex(where: { $0 == "." || $0 == "," }), separators.count == 1 || Set(separators).count > 1 {
            let (whole, part) = (digits[..<last].filter(\.isNumber), digits[digits.index(after: last)...].filter(\.isNumber))
            if let fraction = number("\(whole).\(part)") { found.insert(fraction) }
        }
        // A version such as 1.2.3 stays what it is.
        if found.isEmpty, let all = number(digits.filter(\.isNumber)) { found.insert(all + 2_000_000_000) }
        return found
    }

    private static func unit(before start: String.Index, after end: String.Index, in text: String) -> String? {
        let following = text[end...].drop { $0 == " " || $0 == "\u{A0}" || $0 == "-" }
        if let first = following.first, !first.isLetter, let unit = units[String(first)] { return unit }
        if let unit = units[following.prefix { $0.isLetter }.lowercased()] { return unit }
        let preceding = text[..<start].reversed().drop { $0 == " " || $0 == "\u{A0}" }
        if let last = preceding.first, !last.isLetter, let unit = units[String(last)] { return unit }
        let word = String(preceding.prefix { $0.isLetter }.reversed()).lowercased()
        // Before a number stand currencies and months only: "grams 5" counts nothing.
        return units[word].flatMap { currencies.contains($0) || months.contains($0) ? $0 : nil }
    }

    /// Numbers in words count where a unit follows: "five years", not "one of us".
    private static func words(in text: String) -> [Figure] {
        let words = text.split { !$0.isLetter }
        return zip(words, words.dropFirst()).compactMap { word, next in
            guard let value = numberWords[word.lowercased()], let unit = units[next.lowercased()] else { return nil }
            return Figure(values: [Decimal(value)], unit: unit, text: "\(word) \(next)")
        }
    }

    private static let numberWords: [String: Int] = [
        "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11,
        "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "ninety": 90, "hundred": 100,
    ]

    private static let months = [
        "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december",
    ]
    private static let currencies: Set<String> = ["€", "$", "£", "kr", "chf", "¥"]

    /// Every spelling of a unit to the one that is compared.
    private static let units: [String: String] = {
        let spellings: [[String]] = [
            ["%", "percent", "percentage", "pct", "prozent"], ["€", "euro", "euros", "eur"], ["$", "dollar", "dollars", "usd"],
            ["£", "pound", "pounds", "gbp"], ["kr", "nok", "sek", "dkk", "kroner", "kronor"], ["chf", "francs"], ["¥", "yen", "jpy"],
            ["g", "gram", "grams", "gramme", "grammes"], ["kg", "kilo", "kilos", "kilogram", "kilograms"],
            ["mg", "milligram", "milligrams"],
            ["l", "litre", "litres", "liter", "liters"], ["ml", "millilitre", "millilitres", "milliliter", "milliliters"], ["cl"],
            ["m", "metre", "metres", "meter", "meters"], ["cm", "centimetre", "centimetres", "centimeter", "centimeters"],
            ["mm", "millimetre", "millimetres", "millimeter", "millimeters"],
            ["km", "kilometre", "kilometres", "kilometer", "kilometers"], ["°", "degree", "degrees", "celsius"],
            ["w", "watt", "watts"], ["kwh"], ["v", "volt", "volts"], ["s", "second", "seconds", "sec"], ["min", "minute", "minutes"],
            ["h", "hour", "hours"], ["day", "days"], ["week", "weeks"], ["month", "months"], ["year", "years"],
            ["people", "persons", "person"], ["piece", "pieces"], ["bag", "bags"], ["cup", "cups"], ["bottle", "bottles"],
        ]
        var table: [String: String] = [:]
        for group in spellings { for spelling in group { table[spelling] = group[0] } }
        for month in months {
            table[month] = month
            // "may" alone is a verb too often, but it is spelled out above anyway.
            if month != "may" { table[String(month.prefix(3))] = month }
        }
        table["sept"] = "september"
        return table
    }()
}
