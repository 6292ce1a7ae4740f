/// What the models were paid for.
package struct Usage: Sendable, Hashable, Codable {
    package var inputTokens = 0
    package var outputTokens = 0
    package var embeddingTokens = 0
    /// Requests answered by a language model, by an embeddings API and by an images API.
    package var languageCalls = 0
    package var embeddingCalls = 0
    package var imageCalls = 0

    package init() {}

    /// All tokens that were billed.
    package var tokens: Int { inputTokens + outputTokens + embeddingTokens }

    package static func + (left: Usage, right: Usage) -> Usage {
        var sum = left
        sum.inputTokens += right.inputTokens
        sum.outputTokens += right.outputTokens
        sum.embeddingTokens += right.embeddingTokens
        sum.languageCalls += right.languageCalls
        sum.embeddingCalls += right.embeddingCalls
        sum.imageCalls += right.imageCalls
        return sum
    }

    package static func += (left: inout Usage, right: Usage) { left = left + right }
}
