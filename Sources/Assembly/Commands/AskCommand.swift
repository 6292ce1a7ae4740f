import API
import JSON
import Knowledge
import Retrieval

extension Services {
    /// Prints the passages that answer a question.
    ///
    /// - Returns: whether there are any.
    package func ask(
        _ brand: String, _ question: String, workspace: String, limit: Int, mode: String, asJSON: Bool
    ) async throws -> Bool {
        guard question.contains(where: { !$0.isWhitespace }), question.unicodeScalars.count <= 4_000 else {
            throw StartError(.arguments, "A question has 1 to 4,000 characters.")
        }
        var query = RetrievalService.Question(question)
        query.limit = limit
        query.mode = PassageQuery.Mode(rawValue: mode) ?? .hybrid
        let key = BrandKey(workspace: workspace, brand: brand)
        guard let passages = try await retrieval.passages(for: query, brand: key) else {
            throw StartError(.failed, "There is no brand \(brand).")
        }
        if asJSON {
            Console.print(JSON.object(["passages": .array(passages.map(\.json))]).prettyText)
        } else {
            for (rank, passage) in passages.enumerated() {
                let score = (passage.score * 1000).rounded() / 1000
                let place = ([passage.documentTitle] + passage.headingPath.filter { $0 != passage.documentTitle }).joined(separator: " > ")
                Console.print("\(rank + 1). \(place)  [\(score)]\n   \(passage.text.split(separator: "\n").joined(separator: "\n   "))\n")
            }
            if passages.isEmpty { Console.warn("No passage answers that.") }
        }
        return !passages.isEmpty
    }
}
