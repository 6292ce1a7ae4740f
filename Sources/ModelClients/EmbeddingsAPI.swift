import JSON
package import Knowledge
import Transfer

/// `POST /embeddings` of an OpenAI-compatible API.
package struct EmbeddingsAPI: EmbeddingClient {
    /// How the API is told whether a text asks or answers.
    package enum RoleStyle: Sendable, Hashable {
        case none
        /// Put before each text, as e5 models want it.
        case prefixes(query: String, passage: String)
        /// Sent as `input_type`: `query` or `passage`.
        case inputTypes(query: String, passage: String)
    }

    private let transport: ModelTransport
    private let model: String
    private let style: RoleStyle
    /// Texts in one request; longer lists are split.
    private static let batchLimit = 64
    /// Requests of one long list.
    private static let batchesAtOnce = 8

    package init(transport: ModelTransport, model: String, style: RoleStyle) {
        self.transport = transport
        self.model = model
        self.style = style
    }

    /// The passage side of the style is part of the name: another prefix makes other vectors.
    package var modelID: String {
        switch style {
        case .none: model
        case .prefixes(_, let passage): "\(model)#\(passage)"
        case .inputTypes(_, let passage): "\(model)#\(passage)"
        }
    }

    package func embed(_ texts: [String], as role: EmbeddingRole) async throws -> EmbeddingAnswer {
        guard texts.count > Self.batchLimit else {
            return try await texts.isEmpty ? EmbeddingAnswer(vectors: [], usage: Usage()) : embedBatch(texts, as: role)
        }
        var batches = stride(from: 0, to: texts.count, by: Self.batchLimit).map { texts[$0..<min($0 + Self.batchLimit, texts.count)] }[...]
        var answers: [Int: EmbeddingAnswer] = [:]
        try await withThrowingTaskGroup(of: (Int, EmbeddingAnswer).self) { group in
            func addNext() {
                guard let batch = batches.popFirst() else { return }
                group.addTask { (batch.startIndex, try await embedBatch(Array(batch), as: role)) }
            }
            for _ in 0..<Self.batchesAtOnce { addNext() }
            for try await (start, answer) in group {
                answers[start] = answer
                addNext()
            }
        }
        return answers.sorted { $0.key < $1.key }.reduce(into: EmbeddingAnswer(vectors: [], usage: Usage())) { all, next in
            all.vectors += next.value.vectors
            all.usage += next.value.usage
        }
    }

    private func embedBatch(_ texts: [String], as role: EmbeddingRole) async throws -> EmbeddingAnswer {
        do {
            return try await request(texts, as: role, base64: true)
        } catch let error as ModelError where error.kind == .rejected {
            // Some servers refuse an encoding that they do not know; floats are the API's default.
            return try await request(texts, as: role, base64: false)
        }
    }

    private func request(_ texts: [String], as role: EmbeddingRole, base64: Bool) async throws -> EmbeddingAnswer {
        var body: JSONObject = ["model": .string(model), "input": JSON(texts.map { prefix(role) + $0 })]
        if base64 { body["encoding_format"] = "base64" }
        if case .inputTypes(let query, let passage) = style { body["input_type"] = .string(role == .query ? query : passage) }
        let call = ModelTransport.Call(path: "/embeddings", model: model, deadline: transport.deadline)
        let request = JSON.object(body)
        return try await transport.watch.call(.embeddings, model: model, host: transport.host) { bill in
            let answer = try await transport.post(call, request) { response in
                try Self.parse(try await response.body.collect(), count: texts.count)
            }.answer
            bill(answer.usage)
            return answer
        }
    }

    private func prefix(_ role: EmbeddingRole) -> String {
        guard case .prefixes(let query, let passage) = style else { return "" }
        return role == .query ? query : passage
    }

    private static func parse(_ bytes: [UInt8], count: Int) throws -> EmbeddingAnswer {
        guard let json = try? JSON(parsing: bytes), let data = json["data"]?.arrayValue, data.count == count else {
            throw ModelError(.invalidOutput, detail: "the embeddings answer does not have \(count) vectors")
        }
        var vectors = [[Float]](repeating: [], count: count)
        for (position, entry) in data.enumerated() {
            let index = entry["index"]?.integerValue ?? position
            guard vectors.indices.contains(index), let vector = vector(entry["embedding"] ?? .null) else {
                throw ModelError(.invalidOutput, detail: "an embedding cannot be read")
            }
            vectors[index] = try unit(vector)
        }
        guard Set(vectors.map(\.count)).count == 1, !vectors[0].isEmpty else {
            throw ModelError(.invalidOutput, detail: "the embeddings differ in their dimensions")
        }
        var usage = Usage()
        usage.embeddingTokens = TokenCount.reading(json["usage"]?["prompt_tokens"], json["usage"]?["total_tokens"])
        usage.embeddingCalls = 1
        return EmbeddingAnswer(vectors: vectors, usage: usage)
    }

    /// Base64 of little-endian float32, or a list of numbers.
    private static func vector(_ value: JSON) -> [Float]? {
        switch value {
        case .string(let text):
            guard let bytes = Base64.decode(text), bytes.count % 4 == 0 else { return nil }
            return [Float](unsafeUninitializedCapacity: bytes.count / 4) { target, initialized in
                bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(target).copyMemory(from: $0) }
                initialized = bytes.count / 4
            }
        case .array(let numbers):
            let vector = numbers.compactMap { $0.doubleValue.map(Float.init) }
            return vector.count == numbers.count ? vector : nil
        default: return nil
        }
    }

    private static func unit(_ vector: [Float]) throws -> [Float] {
        let norm = vector.reduce(into: Float(0)) { $0 += $1 * $1 }.squareRoot()
        guard norm.isFinite, norm > 0 else { throw ModelError(.invalidOutput, detail: "an embedding has no length") }
        return vector.map { $0 / norm }
    }
}
