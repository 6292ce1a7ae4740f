/// The simulator's tokenizer: four Unicode scalars are one token.
enum TokenCount {
    static let scalarsPerToken = 4

    static func tokens(in text: String) -> Int {
        (TextFitting.length(text) + scalarsPerToken - 1) / scalarsPerToken
    }

    /// What of `text` fits, or nil when all of it does.
    static func cut(_ text: String, toTokens limit: Int) -> String? {
        guard tokens(in: text) > limit else { return nil }
        return String(String.UnicodeScalarView(text.unicodeScalars.prefix(limit * scalarsPerToken)))
    }
}
