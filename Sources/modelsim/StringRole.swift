/// What kind of text a string property wants, judged by the property's name.
enum StringRole {
    case quote, title, tag, callToAction, remark, text

    init(propertyName: String) {
        let name = propertyName.lowercased()
        switch name {
        case "name", "title", "headline", "heading", "label", "theme", "topic", "pillar", "subject": self = .title
        case "calltoaction", "call_to_action", "cta": self = .callToAction
        case "tag", "tags", "keyword", "keywords": self = .tag
        case _ where name.hasPrefix("hashtag"): self = .tag
        case _ where name.hasSuffix("quote") || name == "quotes" || name == "quotation": self = .quote
        case _ where Self.remarks.contains { name.hasSuffix($0) }: self = .remark
        default: self = .text
        }
    }

    private static let remarks = [
        "rationale", "brief", "alttext", "alt_text", "description", "reason", "summary", "missing", "notes",
    ]
}
