import Knowledge

/// Puts back around passages what cutting the document took away: the end of the chunk before and the beginning of the
/// chunk behind, where they stand under the same headings.
///
/// A prompt shows it to make a passage understood; citations quote the passage alone.
struct Surroundings: Sendable {
    let documents: any DocumentStore

    /// Characters of each side.
    static let limit = 400

    /// The passages as sources of a prompt, in their order.
    ///
    /// - Throws: `StoreError`.
    func sources(_ passages: [Passage], brand: BrandKey) async throws -> [Post.Source] {
        var wanted: Set<String> = []
        for place in passages.compactMap(Place.init) { wanted.formUnion([place.before, place.behind]) }
        guard !wanted.isEmpty else { return passages.map(Post.Source.init) }
        let found = try await documents.chunks(wanted.sorted(), brand: brand)
        let chunks = Dictionary(found.map { ($0.id, $0) }) { first, _ in first }
        return passages.map { passage in
            var source = Post.Source(passage)
            guard let place = Place(passage) else { return source }
            func neighbour(_ id: String) -> String? {
                chunks[id].flatMap { $0.headingPath == passage.headingPath ? $0.text : nil }
            }
            let parts = [neighbour(place.before).map(Self.end), neighbour(place.behind).map(Self.beginning)]
            let around = parts.compactMap(\.self).filter { !$0.isEmpty }
            source.around = around.isEmpty ? nil : around.joined(separator: "\n")
            return source
        }
    }

    /// Where a passage stands among the chunks of its document.
    private struct Place {
        let before: String
        let behind: String

        init?(_ passage: Passage) {
            let numbers = passage.chunkID.dropFirst(passage.documentID.count).split(separator: ".").compactMap { Int($0) }
            guard numbers.count == 2 else { return nil }
            before = "\(passage.documentID).\(numbers[0]).\(numbers[1] - 1)"
            behind = "\(passage.documentID).\(numbers[0]).\(numbers[1] + 1)"
        }
    }

    /// The last words, from the beginning of one on.
    static func end(_ text: String) -> String {
        guard text.count > limit else { return text }
        let cut = text.suffix(limit)
        // Scripts without spaces have no better place to cut at.
        let words = cut.drop { !$0.isWhitespace }
        return "…" + (words.isEmpty ? cut : words)
    }

    static func beginning(_ text: String) -> String {
        guard text.count > limit else { return text }
        let cut = text.prefix(limit)
        let end = cut.lastIndex(where: \.isWhitespace) ?? cut.endIndex
        return cut[..<end] + " …"
    }
}
