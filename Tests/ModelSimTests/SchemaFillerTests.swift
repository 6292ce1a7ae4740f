import JSON
import Testing

@testable import modelsim

struct SchemaFillerTests {
    static let schemas: [JSON] = [
        Prompts.post,
        ["type": "string"], ["type": "string", "minLength": 900, "maxLength": 905], ["type": "string", "maxLength": 1],
        ["type": "string", "maxLength": 0], ["type": "integer", "minimum": 3, "maximum": 4], ["type": "integer", "maximum": -7],
        ["type": "number", "minimum": 0.25, "maximum": 0.251], ["type": "number"], ["type": "boolean"], ["type": "null"],
        ["const": ["a": 1]], ["enum": ["x", .null, 3]], ["type": ["null", "integer"]], ["type": ["string", "null"]],
        ["anyOf": [["type": "null"], ["type": "array", "items": ["type": "boolean"], "minItems": 4]]],
        ["type": "array", "items": ["enum": ["a", "b"]], "minItems": 5, "maxItems": 5],
        ["type": "array", "items": ["type": "string", "minLength": 12, "maxLength": 14], "minItems": 30],
        ["type": "array", "items": ["type": "string"], "maxItems": 0],
        [
            "type": "object",
            "properties": ["hashtags": ["type": "array", "minItems": 40, "items": ["type": "string", "maxLength": 8]]],
        ],
        [
            "type": "object",
            "properties": ["quote": ["type": "string", "minLength": 120, "maxLength": 140], "p": ["enum": ["P2"]]],
        ],
        ["properties": ["a": ["items": ["properties": ["name": ["type": "string", "maxLength": 9]]], "type": "array"]]],
    ]

    @Test(arguments: schemas) func `a filled value conforms to its schema`(schema: JSON) {
        for seed in UInt64(0)..<25 {
            #expect(JSONSchema(schema).violations(in: Prompts.fill(schema, seed: seed)) == [])
        }
    }

    @Test func `every property is filled even if none is required`() {
        let value = Prompts.fill(["type": "object", "properties": ["a": ["type": "string"], "b": ["type": "integer"]]])
        #expect(value.objectValue?.keys == ["a", "b"])
    }

    @Test(arguments: UInt64(0)..<40) func `a quote stands word for word in its passage and in the text around it`(seed: UInt64)
        throws
    {
        let post = Prompts.fill(Prompts.post, seed: seed)
        for claim in try #require(post["body"]?.arrayValue) {
            let text = try #require(claim["text"]?.stringValue)
            for citation in try #require(claim["citations"]?.arrayValue) {
                let quote = try #require(citation["quote"]?.stringValue)
                let passage = try #require(citation["passage"]?.stringValue.flatMap { Prompts.passages[$0] })
                #expect(passage.contains(quote))
                #expect(quote.split(separator: " ").count >= 3)
                #expect(!quote.contains("\n") && !quote.contains("|") && !quote.contains("#"))
                #expect(text.contains(Wording.cleaned(quote)))
            }
        }
    }

    @Test(arguments: UInt64(0)..<20) func `the citations of a post go through all passages before one comes again`(seed: UInt64) {
        let body = Prompts.fill(Prompts.post, seed: seed)["body"]?.arrayValue ?? []
        let cited = body.flatMap { $0["citations"]?.arrayValue ?? [] }.compactMap { $0["passage"]?.stringValue }
        #expect(Set(cited.prefix(3)).count == min(3, cited.count))
    }

    @Test func `an array of enum items goes through all values before it repeats one`() {
        let value = Prompts.fill(["type": "array", "minItems": 3, "maxItems": 3, "items": ["enum": ["a", "b", "c"]]])
        #expect(Set(value.arrayValue ?? []) == ["a", "b", "c"])
    }

    @Test(arguments: UInt64(0)..<40) func `tags are single words of the material and differ`(seed: UInt64) {
        let tags = Prompts.fill(Prompts.post, seed: seed)["hashtags"]?.arrayValue?.compactMap(\.stringValue) ?? []
        #expect(Set(tags.map { $0.lowercased() }).count == tags.count)
        #expect(tags.allSatisfy { tag in tag.allSatisfy { $0.isLetter || $0.isNumber } && tag.first?.isLowercase == true })
    }

    @Test(arguments: UInt64(0)..<40) func `neither the system's words nor the task's get into the answer`(seed: UInt64) {
        let text = Prompts.fill(Prompts.post, brief: "Zzyzx is the word of the task here.", seed: seed).text
        #expect(!text.contains("Secretinstruction") && !text.contains("Zzyzx") && !text.contains("passage id"))
    }

    @Test func `without passages the user's words are the material`() {
        let message = ChatRequest.Message(role: "user", text: "A lonely sentence about lighthouses and herring.")
        var filler = SchemaFiller(messages: [message], seed: 3)
        #expect(filler.value(for: ["type": "string"]).text.contains("lighthouses"))
    }

    @Test func `equal requests are filled equally and others differ`() {
        #expect(Prompts.fill(Prompts.post, seed: 5) == Prompts.fill(Prompts.post, seed: 5))
        #expect(Set((0..<20).map { Prompts.fill(Prompts.post, seed: $0).text }).count == 20)
    }

    @Test(arguments: [("date", 10), ("time", 9), ("date-time", 20)]) func `dates and times are valid`(format: String, length: Int) {
        let value = Prompts.fill(["type": "string", "format": .string(format)]).stringValue ?? ""
        #expect(value.utf8.count == length)
        #expect(format == "date" || value.hasSuffix("Z"))
    }
}
