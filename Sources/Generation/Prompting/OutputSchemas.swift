import Connectors
import JSON
import Knowledge

/// The JSON Schemas of the model's answers. They say all that is needed to answer: ids as `enum`, counts as
/// `minItems` and `maxItems`, lengths as `maxLength`; every member is required, as strict output wants it.
enum OutputSchemas {
    static func pillars(passageIDs: [String]) -> JSONSchema {
        JSONSchema(
            object([
                (
                    "pillars",
                    list(
                        of: object([
                            ("name", string(limit: 60)),
                            ("rationale", string(limit: 300)),
                            ("share", ["type": "number", "minimum": 0.05, "maximum": 1]),
                            ("evidence", list(of: choice(passageIDs), count: 1...min(4, passageIDs.count))),
                        ]), count: 3...5)
                )
            ]))
    }

    static let media = JSONSchema(object([("description", string(minimum: 1, limit: 1_000)), ("altText", string(minimum: 1, limit: 300))]))

    static let context = JSONSchema(object([("context", string(minimum: 1, limit: 300))]))

    /// What a slot without a picture answers.
    static let noPicture = "none"

    static func distribution(slotIDs: [String], pillars: [String], pictureIDs: [String]) -> JSONSchema {
        var members = [("slot", choice(slotIDs)), ("pillar", choice(pillars)), ("brief", string(limit: 400))]
        if !pictureIDs.isEmpty { members.append(("picture", choice(pictureIDs + [noPicture]))) }
        return JSONSchema(object([("slots", list(of: object(members), count: slotIDs.count...slotIDs.count))]))
    }

    static func post(passageIDs: [String], platform: String, type: ContentType, style: Brand.Style) -> JSONSchema {
        let citation = object([("passage", choice(passageIDs)), ("quote", string(minimum: 1, limit: 200))])
        let lineLimit = min(400, max(80, type.textLimit / 3))
        // Room is left for the hashtags and for the empty lines between.
        let lineCount = min(8, max(1, (type.textLimit - 42 * type.hashtagLimit) / (lineLimit + 2)))
        var members: [(String, JSON)] = [
            ("platform", choice([platform])), ("contentType", choice([type.id])),
            (
                "body",
                list(
                    of: object([("text", string(minimum: 1, limit: lineLimit)), ("citations", list(of: citation, count: 0...2))]),
                    count: 1...lineCount)
            ),
            ("hashtags", list(of: string(minimum: 1, limit: 40), count: 0...type.hashtagLimit(of: style))),
            ("altText", string(limit: 300)), ("callToAction", string(limit: 120)), ("mediaBrief", string(limit: 400)),
        ]
        if let slides = type.slides {
            members.append(("slides", list(of: string(minimum: 1, limit: slides.textLimit), count: slides.count)))
        }
        if let limit = type.scriptLimit { members.append(("script", string(minimum: 1, limit: limit))) }
        return JSONSchema(object(members))
    }

    private static func object(_ members: [(String, JSON)]) -> JSON {
        [
            "type": "object", "properties": .object(JSONObject(members.map { .init(key: $0.0, value: $0.1) })),
            "required": JSON(members.map(\.0)), "additionalProperties": false,
        ]
    }

    private static func list(of items: JSON, count: ClosedRange<Int>) -> JSON {
        ["type": "array", "items": items, "minItems": JSON(count.lowerBound), "maxItems": JSON(count.upperBound)]
    }

    private static func choice(_ values: [String]) -> JSON { ["type": "string", "enum": JSON(values)] }

    private static func string(minimum: Int? = nil, limit: Int) -> JSON {
        var schema: JSONObject = ["type": "string"]
        if let minimum { schema["minLength"] = JSON(minimum) }
        schema["maxLength"] = JSON(limit)
        return .object(schema)
    }
}

extension ContentType {
    /// The platform's limit, or the brand's where that is lower.
    func hashtagLimit(of style: Brand.Style) -> Int { min(hashtagLimit, style.maxHashtags ?? .max) }
}
