import JSON
import Knowledge
import Operations
import Retrieval

/// Measures how much a post sounds like its brand, and whether it was said before.
struct VoiceMeasure: Sendable {
    let retrieval: RetrievalService
    /// The plan's other posts.
    let texts: PlanTexts
    typealias Work = @Sendable () async throws -> StepLedger.Outcome
    /// Runs a step of the operation, or the work itself where there is none.
    var step:
        @Sendable (_ name: String, _ inputHash: String, _ isKept: @escaping @Sendable (StepLedger.Outcome) -> Bool, @escaping Work)
            async throws -> StepLedger.Outcome = { try await $3() }

    /// From this resemblance on two texts say the same.
    static let duplicateResemblance = 0.5
    private static let pastPostLimit = 5
    /// A document of past posts has many in a chunk: each paragraph is compared, and the whole.
    private static let paragraphs = RecentTexts { text in (TextLines.lines(of: text).map(\.text) + [text]).map(Shingles.init) }

    /// The post with its numbers.
    ///
    /// - Parameter name: of the step, unique in the operation.
    func measured(_ post: Post, step name: String) async throws -> Post {
        var (post, voice) = (post, Self.counted(post))
        let (retrieval, texts, words) = (retrieval, texts, Shingles(post.text))
        // Both comparisons are one step: a resumed plan has more posts to compare with, and a duplicate that was found stays one.
        let outcome = try await step(name, Digest.hexadecimal(post.text), Self.findsDuplicate) { [post] in
            let inPlan = await texts.nearest(to: post.id, words)
            let (past, similarity, usage) = try await Self.comparePast(post, words, retrieval)
            return .init(
                result: [
                    "inPlan": inPlan?.stepJSON ?? .null, "past": past?.stepJSON ?? .null,
                    "similarity": similarity.map(JSON.number) ?? .null,
                ], usage: usage)
        }
        await texts.note(post.id, words)
        post.provenance.usage += outcome.usage
        voice.similarity = outcome.result["similarity"]?.doubleValue
        voice.nearestPast = .init(step: outcome.result["past"])
        voice.nearestInPlan = .init(step: outcome.result["inPlan"])
        post.voice = voice
        return post
    }

    /// Whether the outcome of the comparisons is a fault, over which the model is asked again.
    @Sendable private static func findsDuplicate(_ outcome: StepLedger.Outcome) -> Bool {
        ["inPlan", "past"].contains { (outcome.result[$0]?["resemblance"]?.doubleValue ?? 0) >= duplicateResemblance }
    }

    /// The nearest of the brand's past posts: by meaning for the voice, by its words for what was said before.
    private static func comparePast(
        _ post: Post, _ own: Shingles, _ retrieval: RetrievalService
    ) async throws -> (nearest: Post.Voice.Neighbour?, similarity: Double?, usage: Usage) {
        var question = RetrievalService.Question(post.text)
        question.limit = pastPostLimit
        question.mode = .text
        question.filter = PassageFilter([
            .init(field: .kind, comparison: .equals(.string(Document.Kind.pastPost.rawValue)))
        ])
        let (alike, _) = try await retrieval.passages(for: [question], brand: post.brand)
        // A brand without past posts costs no embedding.
        guard !post.text.isEmpty, let words = alike.first, !words.isEmpty else { return (nil, nil, Usage()) }
        question.mode = .vector
        let (near, usage) = try await retrieval.passages(for: [question], brand: post.brand)
        let closest = (words + (near.first ?? [])).flatMap { passage in
            Self.paragraphs[passage.text].map { Post.Voice.Neighbour(id: passage.chunkID, resemblance: own.resemblance(to: $0)) }
        }.max { $0.resemblance < $1.resemblance }
        return (closest, near.first?.first?.vectorScore, usage)
    }

    /// What the post's own words tell.
    static func counted(_ post: Post) -> Post.Voice {
        let identity = post.inputs.identity
        let published = ([post.text, post.script ?? ""] + (post.slides ?? []) + post.hashtags).joined(separator: "\n")
        let folded = published.lowercased()
        // Not what nobody sees: it would hide a term.
        func visible(_ text: String) -> String {
            String(text.lowercased().unicodeScalars.filter { $0.properties.generalCategory != .format })
        }
        let all = visible(published + "\n" + post.altText + "\n" + post.callToAction)
        let statistics = TextStatistics(post.text)
        var voice = Post.Voice()
        voice.bannedTerms = identity.bannedTerms.filter { !$0.isEmpty && all.contains(visible($0)) }
        voice.missingTerms = identity.requiredTerms.filter { !folded.contains($0.lowercased()) }
        voice.emoji = TextStatistics(published).emoji
        voice.hashtags = post.hashtags.count
        voice.persons = statistics.persons(language: post.inputs.language)
        voice.sentenceLength = statistics.meanSentenceLength
        voice.longestSentence = statistics.sentenceLengths.max() ?? 0
        voice.readingLevel = statistics.readingLevel
        return voice
    }

    /// What the brand's policy does not allow.
    static func faults(of post: Post) -> [PostChecks.Fault] {
        guard let voice = post.voice else { return [] }
        let style = post.inputs.identity.style
        var faults: [PostChecks.Fault] = []
        func fault(_ rule: String, _ detail: String) { faults.append(.init(rule: rule, detail: detail)) }
        for term in voice.bannedTerms { fault("bannedTerms", "the term \"\(term)\" is banned by the brand") }
        for term in voice.missingTerms { fault("requiredTerms", "the brand wants the term \"\(term)\" in every post") }
        if let limit = style.maxEmoji, voice.emoji > limit { fault("emoji", "\(voice.emoji) emoji, more than the brand's \(limit)") }
        if let limit = style.maxHashtags, voice.hashtags > limit {
            fault("hashtags", "\(voice.hashtags) hashtags, more than the brand's \(limit)")
        }
        if let limit = style.maxSentenceWords, voice.longestSentence > limit {
            fault("sentenceLength", "a sentence has \(voice.longestSentence) words, more than the brand's \(limit)")
        }
        if let limit = style.maxReadingLevel, voice.readingLevel > Double(limit) {
            fault("readingLevel", "the text has LIX \(Int(voice.readingLevel.rounded())), more than the brand's \(limit)")
        }
        if let person = style.person, let persons = voice.persons {
            if person != .firstSingular, persons.firstSingular > 0 { fault("person", "the text says I; the brand does not") }
            if person != .firstPlural, persons.firstPlural > 0 { fault("person", "the text says we; the brand does not") }
        }
        for (neighbour, place) in [(voice.nearestInPlan, "post"), (voice.nearestPast, "past post")] {
            guard let neighbour, neighbour.resemblance >= duplicateResemblance else { continue }
            let percent = Int((neighbour.resemblance * 100).rounded())
            fault("duplicates", "\(percent) % of its runs of words are those of the \(place) \(neighbour.id)")
        }
        return faults
    }

    /// The rules of the voice that this brand has set.
    static func rules(of identity: Brand.Identity) -> [String] {
        let style = identity.style
        let optional: [(String, Bool)] = [
            ("requiredTerms", !identity.requiredTerms.isEmpty), ("emoji", style.maxEmoji != nil), ("person", style.person != nil),
            ("sentenceLength", style.maxSentenceWords != nil), ("readingLevel", style.maxReadingLevel != nil),
        ]
        return ["bannedTerms"] + optional.filter(\.1).map(\.0) + ["duplicates"]
    }
}

extension Post.Voice.Neighbour {
    /// In a step's result.
    fileprivate var stepJSON: JSON { ["id": .string(id), "resemblance": .number(resemblance)] }

    fileprivate init?(step json: JSON?) {
        guard let id = json?["id"]?.stringValue, let resemblance = json?["resemblance"]?.doubleValue else { return nil }
        self.init(id: id, resemblance: resemblance)
    }
}

extension Brand.Style {
    /// In a prompt's words.
    var words: String {
        var rules: [String] = []
        if let maxEmoji { rules.append(maxEmoji == 0 ? "no emoji" : "at most \(maxEmoji) emoji") }
        if let maxHashtags { rules.append(maxHashtags == 0 ? "no hashtags" : "at most \(maxHashtags) hashtags") }
        if let maxSentenceWords { rules.append("no sentence of more than \(maxSentenceWords) words") }
        if let maxReadingLevel { rules.append("plain words, LIX at most \(maxReadingLevel)") }
        switch person {
        case .firstSingular: rules.append("speak as I, never as we")
        case .firstPlural: rules.append("speak as we, never as I")
        case .third: rules.append("speak of the brand by its name, never as I or we")
        case nil: break
        }
        return rules.joined(separator: "; ")
    }
}
