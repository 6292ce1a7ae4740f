package import JSON

/// One place for every call to a language model.
package protocol LanguageModel: Sendable {
    /// The model that answers a request that names none.
    var defaultModel: String { get }

    /// An answer that conforms to the request's schema.
    ///
    /// - Throws: `ModelError`, `CancellationError`.
    ///
    /// - Parameter onPiece: is told of each piece of the content as it comes, and with nil that an attempt failed and
    ///   everything begins anew.
    func answer(_ request: ModelRequest, onPiece: @escaping @Sendable (String?) -> Void) async throws -> ModelAnswer
}

extension LanguageModel {
    package func answer(_ request: ModelRequest) async throws -> ModelAnswer { try await answer(request, onPiece: { _ in }) }
}

package struct ModelMessage: Sendable, Hashable {
    package enum Role: String, Sendable { case system, user, assistant }

    package var role: Role
    package var content: String
    /// What the content speaks of, for a model that can see.
    package var pictures: [ModelPicture]

    package init(_ role: Role, _ content: String, pictures: [ModelPicture] = []) {
        self.role = role
        self.content = content
        self.pictures = pictures
    }
}

/// A picture that a model is shown, or has made.
package struct ModelPicture: Sendable, Hashable {
    /// `image/png` and the like.
    package var mediaType: String
    package var bytes: [UInt8]

    package init(mediaType: String, bytes: [UInt8]) {
        self.mediaType = mediaType
        self.bytes = bytes
    }
}

/// A model that makes pictures.
package protocol ImageModel: Sendable {
    /// - Parameter size: width and height in pixels, such as `1024x1536`.
    /// - Throws: `ModelError`, `CancellationError`.
    func picture(of prompt: String, size: String) async throws -> (picture: ModelPicture, usage: Usage)
}

package struct ModelRequest: Sendable {
    package var messages: [ModelMessage]
    package var schemaName: String
    package var schema: JSONSchema
    /// Nil for the configured model.
    package var model: String?
    /// Those to try in turn when the model is unknown or fails; nil for the configured ones.
    package var fallbackModels: [String]?
    package var temperature: Double?
    package var maxOutputTokens: Int?

    package init(
        messages: [ModelMessage], schemaName: String, schema: JSONSchema, model: String? = nil, fallbackModels: [String]? = nil,
        temperature: Double? = nil, maxOutputTokens: Int? = nil
    ) {
        self.messages = messages
        self.schemaName = schemaName
        self.schema = schema
        self.model = model
        self.fallbackModels = fallbackModels
        self.temperature = temperature
        self.maxOutputTokens = maxOutputTokens
    }
}

package struct ModelAnswer: Sendable {
    package var value: JSON
    /// The model that answered, by the API's own word.
    package var model: String
    package var usage: Usage
    /// Requests sent, retries and re-asks among them.
    package var attempts: Int

    package init(value: JSON, model: String, usage: Usage, attempts: Int) {
        self.value = value
        self.model = model
        self.usage = usage
        self.attempts = attempts
    }
}
