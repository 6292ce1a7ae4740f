extension Character {
    /// Whether it is a letter or a digit of any script; for ASCII without Unicode's tables.
    var isWordPart: Bool {
        guard let ascii = asciiValue else { return isLetter || isNumber }
        return (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(ascii | 0x20) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(ascii)
    }
}
