package import Knowledge

/// Which posts stand on a document, and whether what they quote still stands in it.
package struct CitingPosts: Sendable {
    private let posts: any PostStore
    private let documents: any DocumentStore

    package init(posts: any PostStore, documents: any DocumentStore) {
        self.posts = posts
        self.documents = documents
    }

    package struct Entry: Sendable {
        package var post: Post
        /// The post's citations of the document.
        package var citations: [(citation: Post.Citation, isCurrent: Bool)]
        /// Whether the document does not say any more what the post quotes.
        package var isOutdated: Bool { citations.contains { !$0.isCurrent } }
    }

    /// Newest first. A document that is gone has its citing posts still, all of them outdated.
    ///
    /// - Returns: nil when there is no such document and no post cites it.
    package func list(_ documentID: String, brand: BrandKey, _ page: PageRequest) async throws -> Page<Entry>? {
        let citing = try await posts.posts(citing: documentID, brand: brand, page)
        guard let document = try await documents.document(documentID, brand: brand) else {
            return citing.items.isEmpty && page.after == nil ? nil : entries(citing, documentID, texts: [])
        }
        return entries(citing, documentID, texts: citing.items.isEmpty ? [] : try await texts(of: document))
    }

    private func texts(of document: Document) async throws -> [String] {
        var texts: [String] = []
        var page = PageRequest(limit: 500)
        repeat {
            let chunks = try await documents.chunks(of: document, page)
            texts += chunks.items.map(\.text)
            page.after = chunks.nextCursor
        } while page.after != nil
        return texts
    }

    private func entries(_ citing: Page<Post>, _ documentID: String, texts: [String]) -> Page<Entry> {
        let entries = citing.items.map { post in
            Entry(
                post: post,
                citations: post.citations.filter { $0.documentID == documentID }.map { citation in
                    (citation, texts.contains { QuoteMatcher.exactWords(of: citation.quote, in: $0) != nil })
                })
        }
        return Page(items: entries, nextCursor: citing.nextCursor)
    }
}
