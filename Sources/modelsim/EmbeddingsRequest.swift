import JSON

/// The body of `POST /v1/embeddings`, and its answer.
struct EmbeddingsRequest {
    let model: String
    let inputs: [String]
    let isBase64: Bool
    let dimensions: Int

    init(_ json: JSON, defaultDimensions: Int) throws(APIError) {
        guard let model = json["model"]?.stringValue else { throw .missing("model") }
        self.model = model
        inputs = try Self.inputs(json["input"])
        switch json["encoding_format"] {
        case nil, .null?, "float"?: isBase64 = false
        case "base64"?: isBase64 = true
        default: throw .badRequest("'encoding_format' must be 'float' or 'base64'.")
        }
        switch json["dimensions"] {
        case nil, .null?: dimensions = defaultDimensions
        case let value?:
            guard let number = value.integerValue, (1...8192).contains(number) else {
                throw .badRequest("'dimensions' must be a whole number from 1 to 8192.")
            }
            dimensions = number
        }
    }

    private static func inputs(_ json: JSON?) throws(APIError) -> [String] {
        switch json {
        case nil, .null?: throw .missing("input")
        case .string(let text)?:
            guard !text.isEmpty else { throw .badRequest("'input' cannot be an empty string.") }
            return [text]
        case .array(let elements)?:
            let texts = elements.compactMap(\.stringValue)
            guard texts.count == elements.count, (1...2048).contains(texts.count), !texts.contains("") else {
                throw .badRequest("'input' must hold 1 to 2048 strings, none of them empty.")
            }
            return texts
        default: throw .badRequest("'input' must be a string or an array of strings.")
        }
    }

    /// The answer as JSON text.
    func answer() -> [UInt8] {
        let embedder = EmbeddingModel(dimensions: dimensions)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(inputs.count * dimensions * (isBase64 ? 6 : 12) + 256)
        bytes += #"{"object":"list","data":["#.utf8
        for (index, text) in inputs.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes += #"{"object":"embedding","index":\#(index),"embedding":"#.utf8
            write(embedder.vector(for: text), into: &bytes)
            bytes.append(UInt8(ascii: "}"))
        }
        bytes += #"],"model":"#.utf8
        JSON.write(model, into: &bytes)
        let tokens = inputs.reduce(0) { $0 + TokenCount.tokens(in: $1) }
        bytes += #","usage":{"prompt_tokens":\#(tokens),"total_tokens":\#(tokens)}}"#.utf8
        return bytes
    }

    private func write(_ vector: [Float], into bytes: inout [UInt8]) {
        if isBase64 {
            let littleEndian = vector.flatMap { value in
                let bits = value.bitPattern
                return [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: bits >> UInt32($0)) }
            }
            bytes += "\"\(Base64.encode(littleEndian))\"".utf8
        } else {
            for (index, value) in vector.enumerated() {
                bytes.append(UInt8(ascii: index == 0 ? "[" : ","))
                bytes += "\(value)".utf8
            }
            bytes.append(UInt8(ascii: "]"))
        }
    }
}
