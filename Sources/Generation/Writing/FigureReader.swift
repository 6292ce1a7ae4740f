import Foundation

extension Figure {
    /// All figures of the text: those in digits in their order, then those in words.
    static func figures(in text: String) -> [Figure] {
        let reader = FigureReader(text)
        return reader.numerals() + reader.words()
    }
}

/// Finds the figures of a text. It looks at one character after the other, since sources are long and are read for every post.
private struct FigureReader {
    private let text: [Character]

    init(_ text: String) { self.text = Self.withDatesInWords(Array(text)) }

    /// Digits in groups, with one separator between two of them.
    private struct Numeral {
        var groups: [Range<Int>]
        var separators: [Character]

        var range: Range<Int> { groups[0].lowerBound..<groups[groups.count - 1].upperBound }
    }

    private static let blanks: Set<Character> = [" ", "\u{A0}", "\u{202F}"]
    private static let separators: Set<Character> = [".", ",", ":", "'", "’", " ", "\u{A0}", "\u{202F}"]

    private static func isDigit(_ character: Character) -> Bool {
        if character.isASCII { return "0" <= character && character <= "9" }
        // A digit with an ornament, as the keycaps of a list have it, counts nothing.
        let scalars = character.unicodeScalars
        return scalars.count == 1 && scalars.first?.properties.numericType == .decimal
    }

    /// Digits of any script as those of ASCII.
    private static func ascii(_ digits: ArraySlice<Character>) -> String {
        digits.map { $0.wholeNumberValue.map(String.init) ?? String($0) }.joined()
    }

    // MARK: Dates

    /// A date as its parts, so that it meets the same date in words.
    private static func withDatesInWords(_ text: [Character]) -> [Character] {
        var (found, index) = ([Character](), 0)
        while index < text.count {
            if let date = date(text, at: index) {
                found += Array(date)
                index += 10
            } else {
                found.append(text[index])
                index += 1
            }
        }
        return found
    }

    /// `2026-03-12` (RFC 3339, `full-date`) as `12 march 2026`.
    private static func date(_ text: [Character], at start: Int) -> String? {
        guard start + 10 <= text.count, isDigit(text[start]), text[start + 4] == "-", text[start + 7] == "-" else { return nil }
        let parts = [start..<start + 4, start + 5..<start + 7, start + 8..<start + 10]
        guard parts.allSatisfy({ $0.allSatisfy { isDigit(text[$0]) } }) else { return nil }
        let numbers = parts.map { Int(ascii(text[$0])) ?? 0 }
        let month = Figure.months.indices.contains(numbers[1] - 1) ? Figure.months[numbers[1] - 1] : ""
        return "\(numbers[2]) \(month) \(String(text[parts[0]]))"
    }

    // MARK: Digits

    func numerals() -> [Figure] {
        var (found, index) = ([Figure](), 0)
        while index < text.count {
            guard Self.isDigit(text[index]) else {
                index += 1
                continue
            }
            let numeral = numeral(at: index)
            index = numeral.range.upperBound
            found += pieces(numeral).map(figure)
        }
        return found
    }

    /// With the word behind it that says how many times it counts: `49 million euro` is not 49.
    private func figure(_ numeral: Numeral) -> Figure {
        let range = numeral.range
        let gap = text[range.upperBound...].prefix { Self.blanks.contains($0) || $0 == "-" }.count
        let word = text[(range.upperBound + gap)...].prefix { $0.isAnyLetter }
        guard word.count <= Figure.magnitudeLength, let magnitude = Figure.magnitudes[String(word).lowercased()] else {
            return Figure(values: readings(numeral), unit: unit(around: range), text: String(text[range]))
        }
        let whole = range.lowerBound..<word.endIndex
        return Figure(values: Set(readings(numeral).map { $0 * magnitude }), unit: unit(around: whole), text: String(text[whole]))
    }

    private func numeral(at start: Int) -> Numeral {
        var numeral = Numeral(groups: [digits(from: start)], separators: [])
        var end = numeral.range.upperBound
        while end + 1 < text.count, Self.separators.contains(text[end]), Self.isDigit(text[end + 1]) {
            numeral.separators.append(text[end])
            numeral.groups.append(digits(from: end + 1))
            end = numeral.range.upperBound
        }
        return numeral
    }

    private func digits(from start: Int) -> Range<Int> {
        var end = start
        while end < text.count, Self.isDigit(text[end]) { end += 1 }
        return start..<end
    }

    /// A space joins digits only where it parts thousands.
    private func pieces(_ numeral: Numeral) -> [Numeral] {
        let thousands = numeral.separators.prefix { Self.blanks.contains($0) }.count
        let rest = numeral.separators.dropFirst(thousands)
        let isOne =
            thousands > 0 && numeral.groups[0].count <= 3 && numeral.groups[1...thousands].allSatisfy { $0.count == 3 }
            && (rest.isEmpty || rest.count == 1 && rest.allSatisfy { $0 == "." || $0 == "," })
        if isOne { return [numeral] }
        var pieces = [Numeral(groups: [numeral.groups[0]], separators: [])]
        for (separator, group) in zip(numeral.separators, numeral.groups.dropFirst()) {
            if Self.blanks.contains(separator) {
                pieces.append(Numeral(groups: [group], separators: []))
            } else {
                pieces[pieces.count - 1].separators.append(separator)
                pieces[pieces.count - 1].groups.append(group)
            }
        }
        return pieces
    }

    private func readings(_ numeral: Numeral) -> Set<Decimal> {
        let groups = numeral.groups.map { Self.ascii(text[$0]) }
        let separators = numeral.separators
        // 9:30 is neither 9 nor 930.
        if separators.contains(":") {
            let text = zip(separators, groups.dropFirst()).reduce(groups[0]) { $0 + ($1.0 == ":" ? "." : String($1.0)) + $1.1 }
            return Set([Self.number(text).map { $0 + 1_000_000 }].compactMap { $0 })
        }
        var found: Set<Decimal> = []
        let isGrouped = !separators.isEmpty && groups[0].count <= 3 && groups.dropFirst().allSatisfy { $0.count == 3 }
        if separators.isEmpty || isGrouped, let whole = Self.number(groups.joined()) { found.insert(whole) }
        if let last = separators.lastIndex(where: { $0 == "." || $0 == "," }), separators.count == 1 || Set(separators).count > 1 {
            let fraction = groups[...last].joined() + "." + groups[(last + 1)...].joined()
            if let value = Self.number(fraction) { found.insert(value) }
        }
        // A version such as 1.2.3 stays what it is.
        if found.isEmpty, let all = Self.number(groups.joined()) { found.insert(all + 2_000_000_000) }
        return found
    }

    private static let locale = Locale(identifier: "en_US_POSIX")

    private static func number(_ text: String) -> Decimal? {
        if let whole = Int(text) { return Decimal(whole) }
        return Decimal(string: text, locale: locale)
    }

    private func unit(around range: Range<Int>) -> String? {
        let following = text[range.upperBound...].drop { $0 == " " || $0 == "\u{A0}" || $0 == "-" }
        if let first = following.first, !first.isLetter, let unit = Figure.units[String(first)] { return unit }
        if let unit = Figure.units[String(following.prefix { $0.isAnyLetter }).lowercased()] { return unit }
        let preceding = text[..<range.lowerBound].reversed().drop { $0 == " " || $0 == "\u{A0}" }
        if let last = preceding.first, !last.isLetter, let unit = Figure.units[String(last)] { return unit }
        let word = String(preceding.prefix { $0.isAnyLetter }.reversed()).lowercased()
        // Before a number stand currencies and months only: "grams 5" counts nothing.
        return Figure.units[word].flatMap { Figure.currencies.contains($0) || Figure.months.contains($0) ? $0 : nil }
    }

    // MARK: Words

    /// Numbers in words count where a unit follows: "five years", not "one of us".
    func words() -> [Figure] {
        let words = text.split { !$0.isAnyLetter }
        return zip(words, words.dropFirst()).compactMap { word, next in
            guard Figure.numberWordLengths.contains(word.count), let value = Figure.numberWords[String(word).lowercased()],
                let unit = Figure.units[String(next).lowercased()]
            else { return nil }
            return Figure(values: [Decimal(value)], unit: unit, text: "\(String(word)) \(String(next))")
        }
    }
}
