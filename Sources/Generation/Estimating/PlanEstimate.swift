package import Knowledge

/// What a plan will take, told before any model is asked: what its stages send and get, and half of its posts twice.
///
/// It is meant to be a little too high. A test compares it with plans that were made.
package struct PlanEstimate: Sendable {
    /// Calls to one model; nil where the deployment's language model, or its embedding model, is asked.
    package struct Line: Sendable, Hashable {
        package enum Kind: Sendable { case language, embedding, image }

        package var kind: Kind
        package var model: String?
        package var usage: Usage
    }

    package private(set) var lines: [Line] = []

    package var usage: Usage { lines.reduce(Usage()) { $0 + $1.usage } }

    // In tokens. A chunk has about 250; a prompt shows what stands around it, its title and its headings too.
    private static let passage = 380
    private static let instructions = 900
    private static let schema = 500
    /// Posts that are asked for a second time.
    private static let repairs = 0.5

    init(_ brief: Plan.Brief, prompts: PromptLibrary, drawsPictures: Bool) {
        let posts = brief.posts
        let overhead = Self.instructions + Self.schema
        add(prompts[.media], calls: brief.mediaIDs.count, input: overhead + 1_000, output: 300)
        add(prompts[.pillars], calls: 1, input: overhead + 16 * Self.passage, output: 700)
        add(prompts[.distribution], calls: 1, input: overhead + 16 * Self.passage + posts * 60, output: posts * 140)
        let post = (input: overhead + EvidenceSelection.passageLimit * Self.passage, output: 450)
        add(prompts[.post], calls: posts, input: post.input, output: post.output)
        add(
            prompts[.repair], calls: Int((Double(posts) * Self.repairs).rounded(.up)), input: post.input + post.output + 250,
            output: post.output)
        var questions = Usage()
        questions.embeddingCalls = 3 + posts * 2
        // Its questions, and each post's text beside its neighbours', before and after the repair.
        questions.embeddingTokens = 300 + posts * 600
        lines.append(Line(kind: .embedding, model: nil, usage: questions))
        guard drawsPictures else { return }
        var pictures = Usage()
        pictures.imageCalls = posts
        lines.append(Line(kind: .image, model: nil, usage: pictures))
    }

    private mutating func add(_ template: PromptTemplate, calls: Int, input: Int, output: Int) {
        guard calls > 0 else { return }
        var usage = Usage()
        usage.languageCalls = calls
        usage.inputTokens = calls * input
        usage.outputTokens = calls * min(output, template.parameters.maxOutputTokens ?? output)
        lines.append(Line(kind: .language, model: template.parameters.model, usage: usage))
    }
}
