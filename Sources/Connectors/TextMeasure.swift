import Foundation

/// How platforms count "characters".
package enum TextMeasure {
    /// UTF-16 code units: the strictest reading where a platform says no more than "characters".
    package static func utf16(_ text: String) -> Int { text.utf16.count }

    /// Characters as people see them, but emoji as the bytes of their UTF-8 (Threads).
    package static func emojiBytes(_ text: String) -> Int {
        text.reduce(0) { $0 + ($1.isEmoji ? $1.utf8.count : $1.unicodeScalars.count) }
    }

    /// X's weighted length (twitter-text configuration v3): after NFC most Latin letters weigh 1 and others 2, an
    /// emoji 2 however it is composed, and every URL 23.
    ///
    /// - Parameter topLevelDomains: those at which a name without a scheme counts as a URL too.
    package static func weighted(_ text: String, topLevelDomains: Set<String>) -> Int {
        let text = text.precomposedStringWithCanonicalMapping
        var length = 0
        var rest = text.startIndex
        for url in urls(in: text, topLevelDomains) {
            length += plainWeight(text[rest..<url.lowerBound]) + 23
            rest = url.upperBound
        }
        return length + plainWeight(text[rest...])
    }

    private static func plainWeight(_ text: Substring) -> Int {
        text.reduce(0) { sum, character in
            sum + (character.isEmoji ? 2 : character.unicodeScalars.reduce(0) { $0 + (isLight($1.value) ? 1 : 2) })
        }
    }

    private static func isLight(_ scalar: UInt32) -> Bool {
        switch scalar {
        case 0...4351, 8192...8205, 8208...8223, 8242...8247: true
        default: false
        }
    }

    /// With a scheme, or a name that ends in a known top-level domain; punctuation at the end is not part of it. Hosts and paths
    /// have Latin and Cyrillic letters only, as twitter-text has it: other scripts write on behind one without a blank. Labels have at
    /// most 63 characters (RFC 1035 section 2.3.4), so that each place of a long text is tried for a bounded time.
    private static func urls(in text: String, _ topLevelDomains: Set<String>) -> [Range<String.Index>] {
        let pattern =
            /(?:https?:\/\/[\p{Script=Latin}\p{Script=Cyrillic}0-9.\-_:@]+|(?:[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?\.){1,8}[a-z]{2,24})(?:[\/?#][\p{Script=Latin}\p{Script=Cyrillic}0-9!*'’;:=+,.$\/%#\[\]\-_~@|&()?]*)?/
            .ignoresCase()
        return text.matches(of: pattern).compactMap { match in
            var url = text[match.range]
            while let last = url.last, ".,;:!?)]}'’”".contains(last) { url.removeLast() }
            if let before = text[..<url.startIndex].last, before.isLetter || before.isNumber || "@#$_-.".contains(before) { return nil }
            if url.lowercased().hasPrefix("http") && url.contains("://") { return url.startIndex..<url.endIndex }
            let host = url.prefix { !"/?#".contains($0) }
            guard let domain = host.split(separator: ".").last, topLevelDomains.contains(domain.lowercased()) else { return nil }
            return url.startIndex..<url.endIndex
        }
    }
}

extension Character {
    /// Shown as a picture: by itself, by a variation selector, or as a sequence (flags, keycaps, families).
    var isEmoji: Bool {
        guard let first = unicodeScalars.first else { return false }
        if first.properties.isEmojiPresentation { return true }
        return first.properties.isEmoji && unicodeScalars.contains { $0.value == 0xFE0F || $0.value == 0x20E3 }
    }
}
