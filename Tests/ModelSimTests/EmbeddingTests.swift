import JSON
import Testing

@testable import modelsim

struct EmbeddingTests {
    private static func answer(_ request: JSON) throws -> JSON {
        try JSON(parsing: try EmbeddingsRequest(request, defaultDimensions: 384).answer())
    }

    private static func cosine(_ left: String, _ right: String) -> Float {
        let model = EmbeddingModel(dimensions: 384)
        return zip(model.vector(for: left), model.vector(for: right)).reduce(0) { $0 + $1.0 * $1.1 }
    }

    @Test(arguments: [16, 384, 1536]) func `base64 and float say the same`(dimensions: Int) throws {
        let request: JSONObject = ["model": "m", "input": ["Grüße aus Bodø", "a"], "dimensions": JSON(dimensions)]
        var encoded = request
        encoded["encoding_format"] = "base64"
        let floats = try Self.answer(.object(request))
        let base64 = try Self.answer(.object(encoded))
        for index in 0..<2 {
            let values = try #require(floats["data"]?[index]?["embedding"]?.arrayValue).compactMap(\.doubleValue).map {
                Float($0)
            }
            let bytes = try #require(base64["data"]?[index]?["embedding"]?.stringValue.flatMap(Base64.decode))
            let decoded = stride(from: 0, to: bytes.count, by: 4).map { start in
                Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(bytes[start + $1]) << UInt32($1 * 8) })
            }
            #expect(values.count == dimensions)
            #expect(values == decoded)
        }
        #expect(floats["usage"]?["prompt_tokens"] == floats["usage"]?["total_tokens"])
    }

    @Test(arguments: ["", "...", "x", "Kaffee", "The drum is filled every Monday."]) func `a vector has length one`(text: String) {
        let squares = EmbeddingModel(dimensions: 384).vector(for: text).reduce(0) { $0 + $1 * $1 }
        #expect(abs(squares - 1) < 1e-5)
    }

    @Test func `like wording is near and case makes no difference`() {
        let text = "Orders over 50 euros ship free within Germany"
        #expect(Self.cosine(text, text.uppercased()) > 0.9999)
        #expect(Self.cosine(text, "When does an order ship free?") > Self.cosine(text, "The grinder lasts ten years") + 0.1)
        #expect(Self.cosine("roasting coffee", "roasted coffees") > 0.4)
    }

    @Test(
        arguments: [
            ["input": "x"], ["model": "m"], ["model": "m", "input": ""], ["model": "m", "input": []],
            ["model": "m", "input": [1]], ["model": "m", "input": "x", "dimensions": 0],
            ["model": "m", "input": "x", "encoding_format": "hex"],
        ] as [JSON])
    func `an ill-formed request is refused`(request: JSON) {
        #expect(throws: APIError.self) { try Self.answer(request) }
    }
}
