import Knowledge

/// The passages that a prompt shows, under short ids, between two lines that no passage can guess.
struct Evidence: Sendable {
    let passages: [Post.Source]
    let fence: String

    init(_ passages: [Post.Source], fence: String = freshFence()) {
        self.passages = passages
        self.fence = fence
    }

    static func freshFence() -> String { "=== EVIDENCE " + String((0..<16).map { _ in "0123456789abcdef".randomElement()! }) + " ===" }

    var ids: [String] { passages.indices.map { "P\($0 + 1)" } }

    subscript(id: String) -> Post.Source? {
        guard id.first == "P", let number = Int(id.dropFirst()), passages.indices.contains(number - 1) else { return nil }
        return passages[number - 1]
    }

    /// For `{{#passages}}` in a template.
    var variables: [[String: Any]] {
        zip(ids, passages).map { id, passage in
            [
                "id": id, "document": Self.attribute(passage.documentTitle),
                "section": Self.attribute(passage.headingPath.joined(separator: " > ")), "text": passage.text,
                "around": passage.around ?? "",
            ]
        }
    }

    /// A title must not end the attribute, or the line, that it stands in.
    static func attribute(_ text: String) -> String {
        String(text.map { $0 == "\"" ? "'" : $0.isNewline ? " " : $0 })
    }
}

extension Post.Source {
    init(_ passage: Passage) {
        self.init(
            chunkID: passage.chunkID, documentID: passage.documentID, documentTitle: passage.documentTitle,
            headingPath: passage.headingPath, text: passage.text)
    }

    /// All that it says: title, headings and text.
    var words: String { ([documentTitle] + headingPath + [text]).joined(separator: "\n") }
}
