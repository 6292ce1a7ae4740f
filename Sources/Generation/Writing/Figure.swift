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

// MARK: - Words for what is counted

extension Figure {
    static let numberWords: [String: Int] = [
        "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11,
        "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "ninety": 90, "hundred": 100,
    ]

    static let numberWordLengths = 3...7

    /// Words behind a number that multiply it. A lone m stands for metres too often.
    static let magnitudes: [String: Decimal] = [
        "k": 1_000, "thousand": 1_000, "tusen": 1_000, "tausend": 1_000, "hundred": 100, "dozen": 12, "million": 1_000_000,
        "millions": 1_000_000, "millionen": 1_000_000, "millioner": 1_000_000, "mio": 1_000_000, "mn": 1_000_000,
        "billion": 1_000_000_000, "billions": 1_000_000_000, "bn": 1_000_000_000, "mrd": 1_000_000_000,
        "milliarden": 1_000_000_000, "milliarder": 1_000_000_000, "trillion": 1_000_000_000_000,
    ]
    static let magnitudeLength = 10

    static let months = [
        "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december",
    ]
    static let currencies: Set<String> = ["€", "$", "£", "kr", "chf", "¥"]

    /// Every spelling of a unit to the one that is compared.
    static let units: [String: String] = {
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
            ["times", "x", "fold"], ["people", "persons", "person"], ["piece", "pieces"], ["bag", "bags"], ["cup", "cups"],
            ["bottle", "bottles"],
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
