/// Brings text to the lengths that a schema asks for, counted in Unicode scalars as JSON Schema has it.
enum TextFitting {
    /// Counts the bytes that begin a scalar, which is many times faster than walking the scalars.
    static func length(_ text: String) -> Int {
        func count(_ bytes: some Sequence<UInt8>) -> Int { bytes.reduce(0) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) } }
        return text.utf8.withContiguousStorageIfAvailable { count($0) } ?? count(text.utf8)
    }

    /// At most `limit` scalars of the text, cut where a word ends if there is such a place.
    static func clipped(_ text: String, to limit: Int) -> String {
        let scalars = text.unicodeScalars
        guard let end = scalars.index(scalars.startIndex, offsetBy: limit, limitedBy: scalars.endIndex), end < scalars.endIndex
        else { return text }
        let head = scalars[..<end]
        guard scalars[end] != " ", let space = head.lastIndex(of: " "), space > head.startIndex else {
            return String(head)
        }
        let words = head[..<space]
        guard let last = words.lastIndex(where: { !" ,;:-–—".unicodeScalars.contains($0) }) else { return String(head) }
        return String(words[...last])
    }

    /// Clips a text that is too long and adds `more` to one that is too short.
    static func fitted(_ text: String, least: Int, most: Int?, more: () -> String) -> String {
        var text = text
        while length(text) < least {
            let addition = more()
            text += (text.isEmpty ? "" : " ") + (addition.isEmpty ? Wording.placeholder : addition)
        }
        guard let most, length(text) > most else { return text }
        let clipped = clipped(text, to: most)
        return length(clipped) >= least ? clipped : String(String.UnicodeScalarView(text.unicodeScalars.prefix(most)))
    }
}
