import JSON
import Knowledge

/// Reads what a brand shall be.
enum BrandRequest {
    /// - Throws: `Problem` with everything that is wrong.
    static func brand(_ key: BrandKey, _ value: JSON, clock: any WallClock) throws -> Brand {
        let faults = Faults()
        let fields = Fields(value, known: ["name", "identity", "goals", "metadata"], faults: faults)
        var identity = Brand.Identity()
        if let value = fields.object["identity"], value != .null {
            let known = ["voice", "tone", "values", "audience", "dos", "donts", "bannedTerms", "requiredTerms", "style", "languages"]
            let fields = Fields(value, at: .root.appending("identity"), known: known, faults: faults)
            identity.voice = fields.text("voice") ?? ""
            identity.tone = fields.text("tone") ?? ""
            identity.values = fields.texts("values")
            identity.audience = fields.text("audience") ?? ""
            identity.dos = fields.texts("dos")
            identity.donts = fields.texts("donts")
            identity.bannedTerms = fields.texts("bannedTerms", limit: 100)
            identity.requiredTerms = fields.texts("requiredTerms", limit: 100)
            if fields.has("style"), let value = fields.object["style"] {
                identity.style = style(Fields(value, at: fields.pointer.appending("style"), known: styleMembers, faults: faults))
            }
            identity.languages = fields.texts("languages", limit: 35)
        }
        let brand = Brand(
            key: key, name: fields.text("name", isRequired: true, limit: 200) ?? "", identity: identity, goals: fields.texts("goals"),
            metadata: fields.metadata(), createdAt: clock.now, updatedAt: clock.now)
        try faults.check()
        return brand
    }

    private static let styleMembers = ["person", "maxEmoji", "maxHashtags", "maxSentenceWords", "maxReadingLevel"]

    private static func style(_ fields: Fields) -> Brand.Style {
        var style = Brand.Style()
        style.person = fields.choice("person", of: Brand.Style.Person.self)
        style.maxEmoji = fields.integer("maxEmoji", in: 0...100)
        style.maxHashtags = fields.integer("maxHashtags", in: 0...100)
        style.maxSentenceWords = fields.integer("maxSentenceWords", in: 3...200)
        style.maxReadingLevel = fields.integer("maxReadingLevel", in: 10...100)
        return style
    }
}
