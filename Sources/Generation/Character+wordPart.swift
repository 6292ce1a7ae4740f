// For ASCII without Unicode's tables.
extension Character {
    /// Whether it is a letter or a digit of any script.
    var isWordPart: Bool {
        guard let ascii = asciiValue else { return isLetter || isNumber }
        return Self.letters.contains(ascii | 0x20) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(ascii)
    }

    /// Whether it is a letter of any script.
    var isAnyLetter: Bool {
        guard let ascii = asciiValue else { return isLetter }
        return Self.letters.contains(ascii | 0x20)
    }

    private static var letters: ClosedRange<UInt8> { UInt8(ascii: "a")...UInt8(ascii: "z") }
}
