import JSON
import Knowledge
import Logging

/// Writes what a language model is asked, and what it answers, to the log: for development, when it is switched on.
struct PromptLog: LanguageModel {
    let model: any LanguageModel
    let logger: Logger
    var defaultModel: String { model.defaultModel }

    func answer(_ request: ModelRequest, onPiece: @escaping @Sendable (String?) -> Void) async throws -> ModelAnswer {
        let messages = request.messages.map { "\($0.role.rawValue): \($0.content)" }.joined(separator: "\n\n")
        logger.notice("a model is asked", metadata: ["schema": "\(request.schemaName)", "messages": "\(messages)"])
        let answer = try await model.answer(request, onPiece: onPiece)
        logger.notice("a model answers", metadata: ["schema": "\(request.schemaName)", "answer": "\(answer.value.text)"])
        return answer
    }
}
