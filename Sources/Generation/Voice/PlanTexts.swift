import Knowledge

/// The texts of a plan's posts while they are written, so that each is compared with those before it.
actor PlanTexts {
    private var shingles: [String: Shingles] = [:]

    init(_ posts: [Post] = []) {
        for post in posts where !post.text.isEmpty { shingles[post.id] = Shingles(post.text) }
    }

    /// From now on the others are compared with this post too.
    func note(_ id: String, _ own: Shingles) { shingles[id] = own }

    /// Notes the post.
    ///
    /// - Returns: the other that is most like it.
    func nearest(to id: String, _ own: Shingles) -> Post.Voice.Neighbour? {
        shingles[id] = own
        return shingles.lazy.filter { $0.key != id }
            .map { Post.Voice.Neighbour(id: $0.key, resemblance: own.resemblance(to: $0.value)) }
            .max { ($0.resemblance, $1.id) < ($1.resemblance, $0.id) }
    }
}
