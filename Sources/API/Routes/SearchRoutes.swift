import HTTPTypes
import Hummingbird
import JSON
import Knowledge
import Retrieval

struct SearchRoutes: Sendable {
    let dependencies: APIDependencies

    func add(to routes: inout RouteTable) {
        routes.on(.post, "/v1/brands/{brandId}/search") { request, context in
            let key = try context.brandKey()
            let question = try Self.question(try await request.json())
            let start = ContinuousClock.now
            guard let passages = try await dependencies.retrieval.passages(for: question, brand: key) else {
                throw Problem.notFound("brand")
            }
            let milliseconds = (ContinuousClock.now - start) / .milliseconds(1)
            return Answer.json([
                "passages": .array(passages.map(\.json)), "tookMs": .number((milliseconds * 100).rounded() / 100),
            ])
        }
    }

    /// - Throws: `Problem` with everything that is wrong.
    static func question(_ value: JSON) throws -> RetrievalService.Question {
        let faults = Faults()
        let known = ["query", "limit", "mode", "minScore", "filter", "diversity", "fusion", "explain"]
        let fields = Fields(value, known: known, faults: faults)
        var question = RetrievalService.Question(fields.text("query", isRequired: true, limit: 4_000) ?? "")
        question.limit = fields.integer("limit", in: 1...50) ?? question.limit
        question.minScore = fields.number("minScore", in: 0...1) ?? 0
        question.mode = fields.choice("mode", of: PassageQuery.Mode.self) ?? question.mode
        question.fusion = fields.choice("fusion", of: PassageQuery.Fusion.self) ?? question.fusion
        question.explains = fields.flag("explain") ?? false
        question.diversity = fields.number("diversity", in: 0...1) ?? 0
        if fields.has("filter"), let filter = fields.object["filter"] {
            question.filter = PassageFilterReader(faults: faults).read(filter, at: .root.appending("filter"))
        }
        try faults.check()
        return question
    }
}
