import Knowledge

/// The texts of a plan's posts while they are written, so that each is compared with those before it.
actor PlanTexts {
    private var shingles: [String: Shingles] = [:]

    init(_ posts: [Post] = []) {
        for post in posts where !post.text.isEmpty { shingles[post.id] = Shingles(post.text) }
    }

    /// From now on the others are compared with this post too.
    func note(_ post: Post) { shingles[post.id] = Shingles(post.text) }

    /// Notes the post.
    ///
    /// - Returns: the other that is most like it.
    func nearest(to post: Post) -> Post.Voice.Neighbour? {
        let own = Shingles(post.text)
        shingles[post.id] = own
        return shingles.filter { $0.key != post.id }
            .map { Post.Voice.Neighbour(id: $0.key, resemblance: own.resemblance(to: $0.value)) }
            .max { ($0.resemblance, $1.id) < ($1.resemblance, $0.id) }
    }
}
