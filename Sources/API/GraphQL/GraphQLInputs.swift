import GraphQL
import JSON
import Knowledge
import Retrieval

// Inputs become the JSON that the REST API takes, so that one reader checks both and names what is wrong in the same words.

/// The members that were given.
private func members(_ pairs: (String, JSON?)...) -> JSON {
    var object = JSONObject()
    for (name, value) in pairs { object[name] = value }
    return .object(object)
}

extension [String]? {
    fileprivate var json: JSON? { map { JSON($0) } }
}

struct BrandInput: InputObject {
    let json: JSON

    static let typeName = "BrandInput"
    static var inputType: InputDefinition<BrandInput> {
        InputDefinition(
            "What a brand shall be; what is left out is empty.", Argument<String>("name"), Argument<BrandIdentityInput?>("identity"),
            Argument<[String]?>("goals"), Argument<JSON?>("metadata")
        ) { name, identity, goals, metadata in
            BrandInput(json: members(("name", .string(name)), ("identity", identity?.json), ("goals", goals.json), ("metadata", metadata)))
        }
    }

    private init(json: JSON) { self.json = json }
}

struct BrandIdentityInput: InputObject {
    let json: JSON

    static let typeName = "BrandIdentityInput"
    static var inputType: InputDefinition<BrandIdentityInput> {
        InputDefinition(
            "How the brand sounds and what it stands for.",
            Argument<String?>("voice"), Argument<String?>("tone"), Argument<[String]?>("values"), Argument<String?>("audience"),
            Argument<[String]?>("dos"), Argument<[String]?>("donts"), Argument<[String]?>("bannedTerms"),
            Argument<[String]?>("requiredTerms"), Argument<BrandStyleInput?>("style"), Argument<[String]?>("languages", "BCP 47 tags.")
        ) { voice, tone, values, audience, dos, donts, bannedTerms, requiredTerms, style, languages in
            BrandIdentityInput(
                json: members(
                    ("voice", voice.map(JSON.string)), ("tone", tone.map(JSON.string)), ("values", values.json),
                    ("audience", audience.map(JSON.string)), ("dos", dos.json), ("donts", donts.json), ("bannedTerms", bannedTerms.json),
                    ("requiredTerms", requiredTerms.json), ("style", style?.json), ("languages", languages.json)))
        }
    }

    private init(json: JSON) { self.json = json }
}

struct BrandStyleInput: InputObject {
    let json: JSON

    static let typeName = "BrandStyleInput"
    static var inputType: InputDefinition<BrandStyleInput> {
        InputDefinition(
            "What can be counted of how the brand writes.", Argument<Brand.Style.Person?>("person"), Argument<Int?>("maxEmoji"),
            Argument<Int?>("maxHashtags"), Argument<Int?>("maxSentenceWords"), Argument<Int?>("maxReadingLevel")
        ) { person, emoji, hashtags, words, level in
            BrandStyleInput(
                json: members(
                    ("person", person.map { .string($0.rawValue) }), ("maxEmoji", emoji.map { JSON($0) }),
                    ("maxHashtags", hashtags.map { JSON($0) }), ("maxSentenceWords", words.map { JSON($0) }),
                    ("maxReadingLevel", level.map { JSON($0) })))
        }
    }

    private init(json: JSON) { self.json = json }
}

struct DocumentInput: InputObject {
    let json: JSON

    static let typeName = "DocumentInput"
    static var inputType: InputDefinition<DocumentInput> {
        InputDefinition(
            "A document as text; PDF and DOCX are uploaded to the REST API.", Argument<String>("content"),
            Argument<String?>("title", "Else the first heading."), Argument<Knowledge.Document.Kind>("kind", default: .other),
            Argument<Knowledge.Document.Format>("format", default: .markdown), Argument<String?>("source", "Where it comes from."),
            Argument<JSON?>("metadata")
        ) { content, title, kind, format, source, metadata in
            DocumentInput(
                json: members(
                    ("content", .string(content)), ("title", title.map(JSON.string)), ("kind", .string(kind.rawValue)),
                    ("format", .string(format.rawValue)), ("source", source.map(JSON.string)), ("metadata", metadata)))
        }
    }

    private init(json: JSON) { self.json = json }
}

struct SearchInput: InputObject {
    let json: JSON

    static let typeName = "SearchInput"
    static var inputType: InputDefinition<SearchInput> {
        InputDefinition(
            "A question to a brand's documents.", Argument<String>("query"), Argument<Int>("limit", "1 to 50.", default: 8),
            Argument<PassageQuery.Mode>("mode", default: .hybrid), Argument<PassageQuery.Fusion>("fusion", default: .convex),
            Argument<Double>("minScore", "0 to 1.", default: 0), Argument<Double>("diversity", "0 to 1.", default: 0),
            Argument<Bool>("explain", default: false), Argument<JSON?>("filter", "As the REST API takes it.")
        ) { query, limit, mode, fusion, minScore, diversity, explain, filter in
            SearchInput(
                json: members(
                    ("query", .string(query)), ("limit", JSON(limit)), ("mode", .string(mode.rawValue)),
                    ("fusion", .string(fusion.rawValue)), ("minScore", .number(minScore)), ("diversity", .number(diversity)),
                    ("explain", .bool(explain)), ("filter", filter)))
        }
    }

    private init(json: JSON) { self.json = json }

    func passages(of brand: BrandKey, _ context: GraphQLContext) async throws -> [FoundPassage] {
        guard let found = try await context.dependencies.retrieval.passages(for: try SearchRoutes.question(json), brand: brand) else {
            throw Problem.notFound("brand")
        }
        return found.map { FoundPassage(passage: $0, brand: brand) }
    }
}

struct PlanInput: InputObject {
    let json: JSON

    static let typeName = "PlanInput"
    static var inputType: InputDefinition<PlanInput> {
        InputDefinition(
            "What a plan shall be.", Argument<Int>("posts", "How many, 1 to 100."), Argument<CalendarDay?>("start", "Today when left out."),
            Argument<Int>("days", default: 7), Argument<String?>("timeZone", "An IANA name; UTC when left out."),
            Argument<[ChannelInput]?>("channels", "All platforms when left out."), Argument<[String]?>("goals"),
            Argument<[EventInput]?>("events"), Argument<[ID]?>("mediaIds", "Pictures that the posts shall show."),
            Argument<String?>("language"), Argument<Plan.FailurePolicy>("onFailure", default: .cancel)
        ) { posts, start, days, timeZone, channels, goals, events, mediaIDs, language, onFailure in
            PlanInput(
                json: members(
                    ("posts", JSON(posts)), ("period", members(("start", start?.value), ("days", JSON(days)))),
                    ("timeZone", timeZone.map(JSON.string)), ("channels", channels.map { .array($0.map(\.json)) }), ("goals", goals.json),
                    ("events", events.map { .array($0.map(\.json)) }), ("mediaIds", mediaIDs.map { .array($0.map { .string($0.text) }) }),
                    ("language", language.map(JSON.string)), ("onFailure", .string(onFailure.rawValue))))
        }
    }

    private init(json: JSON) { self.json = json }
}

struct ChannelInput: InputObject {
    let json: JSON

    static let typeName = "ChannelInput"
    static var inputType: InputDefinition<ChannelInput> {
        InputDefinition(
            "A platform and the part of the posts that it gets.", Argument<String>("platform"),
            Argument<[String]?>("contentTypes", "All of the platform when left out."),
            Argument<Double?>("share", "A fraction; all or none of the channels give one.")
        ) { platform, types, share in
            ChannelInput(
                json: members(("platform", .string(platform)), ("contentTypes", types.json), ("share", share.map(JSON.number))))
        }
    }

    private init(json: JSON) { self.json = json }
}

struct EventInput: InputObject {
    let json: JSON

    static let typeName = "EventInput"
    static var inputType: InputDefinition<EventInput> {
        InputDefinition("A date that matters.", Argument<CalendarDay>("date"), Argument<String>("name")) { date, name in
            EventInput(json: members(("date", date.value), ("name", .string(name))))
        }
    }

    private init(json: JSON) { self.json = json }
}

struct PostInput: InputObject {
    let json: JSON

    static let typeName = "PostInput"
    static var inputType: InputDefinition<PostInput> {
        InputDefinition(
            "One grounded post.", Argument<String>("platform"), Argument<String?>("contentType", "The platform's first when left out."),
            Argument<String>("brief", "What it shall be about."), Argument<String?>("language")
        ) { platform, type, brief, language in
            PostInput(
                json: members(
                    ("platform", .string(platform)), ("contentType", type.map(JSON.string)), ("brief", .string(brief)),
                    ("language", language.map(JSON.string))))
        }
    }

    private init(json: JSON) { self.json = json }
}

struct PostEditInput: InputObject {
    let json: JSON

    static let typeName = "PostEditInput"
    static var inputType: InputDefinition<PostEditInput> {
        InputDefinition(
            "What of a post shall change; what is left out stays.", Argument<String?>("text"), Argument<[String]?>("hashtags"),
            Argument<[String]?>("slides"), Argument<String?>("script"), Argument<String?>("altText"), Argument<String?>("callToAction"),
            Argument<String?>("mediaBrief"), Argument<Int?>("revision", "It counts only while the post is of this one.")
        ) { text, hashtags, slides, script, altText, callToAction, mediaBrief, revision in
            PostEditInput(
                json: members(
                    ("text", text.map(JSON.string)), ("hashtags", hashtags.json), ("slides", slides.json),
                    ("script", script.map(JSON.string)),
                    ("altText", altText.map(JSON.string)), ("callToAction", callToAction.map(JSON.string)),
                    ("media", mediaBrief.map { ["brief": .string($0)] }), ("revision", revision.map { JSON($0) })))
        }
    }

    private init(json: JSON) { self.json = json }
}
