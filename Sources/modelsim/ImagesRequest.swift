import JSON

/// The body of `POST /v1/images/generations`, and its answer: small pictures whose colours follow from the prompt.
struct ImagesRequest {
    let prompt: String
    let count: Int
    let width: Int
    let height: Int

    /// The longer side of every picture, whatever size is asked for.
    private static let longerSide = 64

    init(_ json: JSON) throws(APIError) {
        guard let prompt = json["prompt"]?.stringValue, !prompt.isEmpty else { throw .missing("prompt") }
        self.prompt = prompt
        let count = json["n"].flatMap { $0 == .null ? 1 : $0.integerValue ?? 0 } ?? 1
        guard (1...10).contains(count) else { throw .badRequest("'n' must be a whole number from 1 to 10.") }
        self.count = count
        (width, height) = Self.size(json["size"]?.stringValue)
    }

    /// Keeps the proportions of `1024x1536` and the like; anything else is a square.
    private static func size(_ text: String?) -> (Int, Int) {
        let sides = (text ?? "").split(separator: "x").compactMap { Int($0) }
        guard sides.count == 2, let longer = sides.max(), sides.allSatisfy({ (1...16_384).contains($0) }) else {
            return (longerSide, longerSide)
        }
        return (max(1, sides[0] * longerSide / longer), max(1, sides[1] * longerSide / longer))
    }

    func answer(created: Int64) -> JSON {
        let pictures = (0..<count).map { number -> JSON in
            let picture = PNG.gradient(for: "\(prompt)#\(number)", width: width, height: height)
            return ["b64_json": .string(Base64.encode(picture)), "revised_prompt": .string(prompt)]
        }
        return ["created": .integer(created), "data": .array(pictures)]
    }
}
