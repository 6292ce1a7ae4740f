import JSON
package import Knowledge
import Transfer

/// `POST /chat/completions` of an OpenAI-compatible API, with strict JSON Schema output.
///
/// Answers are streamed, so that the timers see tokens and not only an end; a server that answers in one piece
/// is understood too.
package struct ChatAPI: LanguageModel {
    private let transport: ModelTransport
    package let defaultModel: String
    private let fallbackModels: [String]

    package init(transport: ModelTransport, model: String, fallbackModels: [String]) {
        self.transport = transport
        defaultModel = model
        self.fallbackModels = fallbackModels
    }

    package func answer(
        _ request: ModelRequest, onPiece: @escaping @Sendable (String?) -> Void
    ) async throws -> ModelAnswer {
        let deadline = transport.deadline
        var failure = ModelError(.unknownModel)
        for name in [request.model ?? defaultModel] + (request.fallbackModels ?? fallbackModels) {
            do {
                return try await answer(request, model: name, deadline: deadline, onPiece)
            } catch let error as ModelError {
                failure = error
                guard Self.anotherModelMayHelp(error.kind), ContinuousClock.now < deadline else { throw error }
            }
        }
        throw failure
    }

    private static func anotherModelMayHelp(_ kind: ModelError.Kind) -> Bool {
        [.unavailable, .suspended, .unknownModel, .rateLimited, .timedOut].contains(kind)
    }

    /// Asks, and once more with the validator's words when the answer does not fit the schema.
    private func answer(
        _ request: ModelRequest, model: String, deadline: ContinuousClock.Instant, _ onPiece: @escaping @Sendable (String?) -> Void
    ) async throws -> ModelAnswer {
        let (first, attempts) = try await complete(request.messages, request, model: model, deadline, onPiece)
        switch Self.read(first.content, request.schema) {
        case .success(let value):
            return ModelAnswer(value: value, model: first.model.isEmpty ? model : first.model, usage: first.usage, attempts: attempts)
        case .failure(let defect):
            let messages =
                request.messages + [
                    ModelMessage(.assistant, first.content),
                    ModelMessage(.user, "That answer does not fit the schema: \(defect.detail). Answer again, with the JSON value alone."),
                ]
            let (second, more) = try await complete(messages, request, model: model, deadline, onPiece)
            let value = try Self.read(second.content, request.schema).get()
            return ModelAnswer(
                value: value, model: second.model.isEmpty ? model : second.model, usage: first.usage + second.usage,
                attempts: attempts + more)
        }
    }

    private static func read(_ content: String, _ schema: JSONSchema) -> Result<JSON, ModelError> {
        do {
            let value = try OutputRepair.parse(content)
            let violations = schema.violations(in: value)
            guard violations.isEmpty else {
                let detail = violations.prefix(5).map(\.description).joined(separator: "; ")
                return .failure(ModelError(.invalidOutput, detail: String(detail.prefix(1000))))
            }
            return .success(value)
        } catch {
            return .failure(ModelError(.invalidOutput, detail: error.description))
        }
    }

    private func complete(
        _ messages: [ModelMessage], _ request: ModelRequest, model: String, _ deadline: ContinuousClock.Instant,
        _ onPiece: @escaping @Sendable (String?) -> Void
    ) async throws -> (Completion, attempts: Int) {
        let body = Self.body(messages, request, model: model)
        let call = ModelTransport.Call(path: "/chat/completions", model: model, deadline: deadline, progress: .noted)
        return try await transport.watch.call(.chat, model: model, host: transport.host) { bill in
            let (completion, attempts) = try await transport.post(call, body) { response in
                onPiece(nil)
                let isStream = response.header("content-type")?.lowercased().hasPrefix("text/event-stream") == true
                let completion = try await isStream ? Self.readStream(response, onPiece) : Self.readWhole(response, onPiece)
                // Before the look at how it ended: what was cut or filtered is billed too.
                bill(completion.usage, answeredBy: completion.model)
                return try completion.finished()
            }
            return (completion, attempts)
        }
    }

    private static func body(_ messages: [ModelMessage], _ request: ModelRequest, model: String) -> JSON {
        var body: JSONObject = [
            "model": .string(model),
            "messages": .array(messages.map { ["role": .string($0.role.rawValue), "content": content(of: $0)] }),
            "response_format": [
                "type": "json_schema",
                "json_schema": ["name": .string(request.schemaName), "strict": true, "schema": request.schema.json],
            ],
            "stream": true, "stream_options": ["include_usage": true],
        ]
        body["temperature"] = request.temperature.map(JSON.number)
        body["max_tokens"] = request.maxOutputTokens.map { JSON($0) }
        return .object(body)
    }

    /// A text, or with pictures a list of parts, each picture as a data URL (RFC 2397).
    private static func content(of message: ModelMessage) -> JSON {
        guard !message.pictures.isEmpty else { return .string(message.content) }
        let pictures = message.pictures.map { picture -> JSON in
            ["type": "image_url", "image_url": ["url": .string("data:\(picture.mediaType);base64,\(Base64.encode(picture.bytes))")]]
        }
        return .array([["type": "text", "text": .string(message.content)]] + pictures)
    }

    private static func readWhole(
        _ response: TransferResponse, _ onPiece: (String?) -> Void
    ) async throws -> Completion {
        var completion = Completion()
        // One piece has no tokens to wait for: every byte is progress.
        var bytes: [UInt8] = []
        for try await piece in response.body {
            response.noteProgress()
            bytes += piece
        }
        guard let json = try? JSON(parsing: bytes, allowsNUL: true) else {
            throw ModelError(.unavailable, detail: "the answer is not JSON")
        }
        onPiece(try completion.take(json))
        return completion
    }

    private static func readStream(
        _ response: TransferResponse, _ onPiece: (String?) -> Void
    ) async throws -> Completion {
        var completion = Completion()
        var parser = EventStreamParser()
        for try await bytes in response.body {
            for event in parser.feed(bytes) {
                if event.elementsEqual("[DONE]".utf8) { return completion }
                guard let json = try? JSON(parsing: event, allowsNUL: true) else {
                    throw ModelError(.unavailable, detail: "an event of the stream is not JSON")
                }
                // Comments and empty chunks are no progress: others hung for hours on keep-alives.
                let piece = try completion.take(json)
                if !piece.isEmpty {
                    response.noteProgress()
                    onPiece(piece)
                }
            }
            if parser.isOverlong { throw ModelError(.unavailable, detail: "an event of the stream is too long") }
        }
        throw ModelError(.unavailable, detail: "the stream ended without [DONE]")
    }
}
