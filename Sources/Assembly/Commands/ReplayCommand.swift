import Generation
import JSON
import Knowledge
import MongoStore

extension Services {
    /// Prints a post's prompt, rendered again from what is stored, and what would be different today.
    ///
    /// - Returns: true; whether something differs is part of what it prints.
    package func replay(_ post: String, workspace: String, asJSON: Bool) async throws -> Bool {
        guard let post = try await stores.post(post, workspace: workspace) else { throw StartError(.failed, "There is no post \(post).") }
        let replaying = PostReplaying(context: generation, brands: stores, plans: stores, documents: stores)
        do {
            let replay = try await replaying.replay(post)
            Console.print(asJSON ? replay.json.prettyText : replay.text)
            return true
        } catch GenerationError.neverAsked {
            throw StartError(.failed, "No model was asked for the post \(post.id): it is \(post.state.rawValue).")
        } catch GenerationError.unknownBrand {
            throw StartError(.failed, "The brand \(post.brand.brand) of the post was deleted.")
        }
    }
}

extension PostReplay {
    fileprivate var json: JSON {
        [
            "postId": .string(post.id), "revision": JSON(post.revision), "differs": .bool(differs),
            "prompt": [
                "same": .bool(isSamePrompt),
                "messages": .array(messages.map { ["role": .string($0.role.rawValue), "content": .string($0.content)] }),
            ],
            "templates": .array(
                templates.map {
                    ["name": .string($0.name), "then": JSON($0.then), "now": JSON($0.now), "same": .bool($0.then == $0.now)]
                }),
            "passages": .array(
                passages.map {
                    [
                        "chunkId": .string($0.source.chunkID), "documentId": .string($0.source.documentID),
                        "documentTitle": .string($0.source.documentTitle), "text": .string($0.source.text),
                        "fate": .string($0.fate.rawValue),
                    ]
                }),
            "model": ["asked": JSON(post.inputs.model), "answered": .string(post.provenance.model), "now": .string(model)],
        ]
    }

    /// The prompt first: what a terminal shows last is what matters.
    fileprivate var text: String {
        var lines: [String] = []
        for message in messages { lines += ["── \(message.role.rawValue)", message.content, ""] }
        lines.append("── post \(post.id), revision \(post.revision)\(post.editedAt == nil ? "" : ", edited by hand since")")
        lines.append(mark(isSamePrompt) + "prompt: \(isSamePrompt ? "word for word" : "not") what the model was sent")
        for template in templates where template.then != template.now {
            lines.append("✗ template \(template.name): \(short(template.then)) then, \(short(template.now)) now")
        }
        if !templates.contains(where: { $0.then != $0.now }) { lines.append("✓ templates: all \(templates.count) are the same") }
        let moved = passages.filter { $0.fate != .same }
        if moved.isEmpty { lines.append("✓ passages: the same \(passages.count) would be shown") }
        for passage in moved {
            let beginning = passage.source.text.prefix(100).split(separator: "\n").joined(separator: " ")
            lines.append("✗ passage \(passage.source.documentTitle), \(passage.source.chunkID): \(passage.fate.words)")
            lines.append("    “\(beginning)…”")
        }
        let asked = post.inputs.model ?? post.provenance.model
        let today = isOtherModel ? "; \(model) would be asked" : ""
        lines.append(mark(!isOtherModel) + "model: \(asked) was asked and \(post.provenance.model) answered\(today)")
        return lines.joined(separator: "\n")
    }

    private func mark(_ isSame: Bool) -> String { isSame ? "✓ " : "✗ " }

    private func short(_ hash: String?) -> String { hash.map { String($0.prefix(12)) } ?? "not used" }
}

extension PostReplay.Passage.Fate {
    fileprivate var words: String {
        switch self {
        case .same: "would be shown again"
        case .displaced: "is there, but others would be shown"
        case .gone: "no document has this text any more"
        case .new: "would be shown now"
        }
    }
}
