package import Knowledge

/// A post, and for each of its citations whether the brand's documents still say what it quotes.
package struct CitedPost: Sendable {
    package let post: Post
    /// In the order of the post's citations.
    package let isCurrent: [Bool]

    /// One that was written just now, from what the documents say.
    package init(new post: Post) { self.init(post, isCurrent: post.citations.map { _ in true }) }

    package init(_ post: Post, isCurrent: [Bool]) {
        self.post = post
        self.isCurrent = isCurrent
    }

    /// Whether it quotes what no document says any more.
    package var isOutdated: Bool { isCurrent.contains(false) }

    /// With the citations of one document alone.
    package func citing(_ documentID: String) -> CitedPost {
        let own = zip(post.citations, isCurrent).filter { $0.0.documentID == documentID }
        var post = post
        post.citations = own.map(\.0)
        return CitedPost(post, isCurrent: own.map(\.1))
    }
}

/// Holds posts against the documents as they are now: which posts stand on a document, and what of them still does.
package struct CitedPosts: Sendable {
    private let posts: any PostStore
    private let documents: any DocumentStore

    package init(posts: any PostStore, documents: any DocumentStore) {
        self.posts = posts
        self.documents = documents
    }

    /// Newest first, each with its citations of the document. A document that is gone has its posts still, all of them
    /// outdated.
    ///
    /// - Returns: nil when there is no such document and no post cites it.
    package func citing(_ documentID: String, brand: BrandKey, _ page: PageRequest) async throws -> Page<CitedPost>? {
        let citing = try await posts.posts(citing: documentID, brand: brand, page)
        if citing.items.isEmpty, page.after == nil, try await documents.document(documentID, brand: brand) == nil { return nil }
        let own = citing.items.map { CitedPost(new: $0).citing(documentID).post }
        return Page(items: try await reviewed(own), nextCursor: citing.nextCursor)
    }

    /// The posts, which are one brand's, with what of their citations is current.
    ///
    /// One question to the store when no document has changed, and one more for each cited document that has.
    package func reviewed(_ posts: [Post]) async throws -> [CitedPost] {
        guard let brand = posts.first?.brand else { return [] }
        let citations = Set(posts.flatMap(\.citations).map(Quotation.init))
        let ids = Set(citations.map(\.chunkID))
        let cited = ids.isEmpty ? [] : try await documents.chunks(Array(ids), brand: brand)
        let texts = Dictionary(cited.map { ($0.id, $0.text) }) { first, _ in first }
        var current = citations.filter { $0.stands(in: texts[$0.chunkID].map { [$0] } ?? []) }
        // The others may stand in another chunk of the document's present version.
        let moved = Dictionary(grouping: citations.subtracting(current), by: \.documentID)
        for (id, quotations) in moved {
            guard let document = try await documents.document(id, brand: brand) else { continue }
            let texts = try await documents.allChunks(of: document).map(\.text)
            let standing = try QuoteMatcher.standing(Set(quotations.map(\.quote)), in: texts)
            current.formUnion(quotations.filter { standing.contains($0.quote) })
        }
        return posts.map { post in CitedPost(post, isCurrent: post.citations.map { current.contains(Quotation($0)) }) }
    }

    package func reviewed(_ post: Post) async throws -> CitedPost {
        try await reviewed([post]).first ?? CitedPost(new: post)
    }
}

/// Words that a document is said to have.
private struct Quotation: Hashable {
    let quote: String
    let chunkID: String
    let documentID: String

    init(_ citation: Post.Citation) { (quote, chunkID, documentID) = (citation.quote, citation.chunkID, citation.documentID) }

    func stands(in texts: [String]) -> Bool { texts.contains { QuoteMatcher.exactWords(of: quote, in: $0) != nil } }
}
