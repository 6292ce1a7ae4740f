/// What a stage gives to its prompt, and what the prompt must do with it.
struct PromptContract: Sendable {
    enum Variable: Sendable, Hashable {
        case text
        /// A list whose elements have these members, all of them texts.
        case list([String])
    }

    /// The name of the schema that the model answers in; nil for a text that is part of a prompt.
    var schema: String?
    var variables: [String: Variable]
    /// What the body must use: a prompt that leaves out the fence or the passages would not be grounded.
    var required: Set<String> = []
}

/// A use of a prompt; its raw value is the file's name.
package enum PromptStage: String, CaseIterable, Sendable {
    case pillars, distribution, post
    /// Describes a picture that it is shown.
    case media
    /// Asks an image model for a picture; its rendered text is all that the model gets.
    case picture
    /// Tells the model what is wrong with its post.
    case repair
    /// Says where a chunk stands in its document, when it is ingested.
    case context

    var contract: PromptContract {
        let evidence: [String: PromptContract.Variable] = [
            "fence": .text, "passages": .list(["id", "document", "section", "text", "around"]), "pictures": .list(["id", "description"]),
        ]
        let fenced: Set = ["fence", "passages", "id", "text"]
        func texts(_ names: String...) -> [String: PromptContract.Variable] {
            Dictionary(uniqueKeysWithValues: names.map { ($0, .text) })
        }
        return switch self {
        case .pillars:
            PromptContract(
                schema: "pillars",
                variables: texts("brandName", "audience", "values", "goals", "events", "days", "start", "posts", "language")
                    .merging(evidence) { first, _ in first }, required: fenced)
        case .distribution:
            PromptContract(
                schema: "distribution",
                variables: texts("brandName", "goals", "events").merging(evidence) { first, _ in first }.merging([
                    "pillars": .list(["name", "rationale", "percent"]),
                    "slots": .list(["id", "weekday", "time", "platform", "contentType"]),
                ]) { first, _ in first }, required: fenced.union(["pillars", "slots"]))
        case .post:
            PromptContract(
                schema: "post",
                variables: texts(
                    "brandName", "voice", "tone", "audience", "dos", "donts", "bannedTerms", "requiredTerms", "style", "language",
                    "platform",
                    "contentType", "guidance", "textLimit", "hashtagLimit", "pillar", "brief", "picture", "previousText", "instruction"
                ).merging(evidence) { first, _ in first }, required: fenced.union(["brief", "platform"]))
        case .media: PromptContract(schema: "media", variables: texts("brandName", "audience", "language"))
        case .picture:
            PromptContract(
                schema: nil, variables: texts("brandName", "voice", "platform", "contentType", "mediaBrief", "altText"),
                required: ["mediaBrief"])
        case .context:
            PromptContract(
                schema: "context", variables: texts("brandName", "document", "section", "fence", "text", "around"),
                required: ["fence", "text"])
        case .repair: PromptContract(schema: "post", variables: ["faults": .list(["rule", "detail"])], required: ["faults", "detail"])
        }
    }

    /// What a platform's guidance may use.
    static let guidanceContract = PromptContract(
        schema: nil, variables: ["brandName": .text, "contentType": .text, "language": .text])
}
