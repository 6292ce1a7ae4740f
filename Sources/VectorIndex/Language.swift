/// A language whose endings are taken off words, by its two letters of ISO 639-1.
package enum Language: String, Sendable, Hashable, CaseIterable, Comparable {
    case english = "en"
    case german = "de"
    case norwegian = "nb"
    case danish = "da"
    case swedish = "sv"
    case dutch = "nl"
    case french = "fr"
    case spanish = "es"
    case portuguese = "pt"
    case italian = "it"
    /// Any other: words stay as they are.
    case other = ""

    /// - Parameter tag: BCP 47, such as `de-CH`; nil and nothing are English.
    package init(tag: String?) {
        let primary = (tag ?? "").split(separator: "-").first.map { $0.lowercased() } ?? "en"
        self = Self(rawValue: ["no": "nb", "nn": "nb"][primary] ?? primary) ?? .other
    }

    package static func < (first: Language, second: Language) -> Bool { first.rawValue < second.rawValue }
}
