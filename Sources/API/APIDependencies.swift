package import Connectors
package import Generation
package import Ingestion
package import JSON
package import Knowledge
package import Operations
package import Retrieval

/// The use cases and stores that the routes stand on.
package struct APIDependencies: Sendable {
    package var brands: any BrandStore
    package var documents: any DocumentStore
    package var plans: any PlanStore
    package var posts: any PostStore
    package var operations: any OperationStore
    package var acceptedRequests: any AcceptedRequestStore
    package var media: any MediaStore
    package var keys: any KeyStore
    package var keyRing: KeyRing
    /// Nil where requests are not bounded.
    package var limiter: RateLimiter?
    package var health: any StoreHealth
    package var index: any PassageIndex
    package var databaseSearch: any CandidateSource
    package var ingestion: IngestionService
    /// Makes text of uploads.
    package var documentText: DocumentText
    package var retrieval: RetrievalService
    package var connectors: ConnectorRegistry
    /// Writes posts for clients that watch.
    package var posting: SinglePostPipeline
    package var editing: PostEditing
    package var runner: OperationRunner
    package var hub: OperationHub
    package var clock: any WallClock
    /// Which models this deployment uses, for the capabilities.
    package var models: JSON
    /// What operators watch.
    package var metrics: @Sendable () async -> MetricsPage
    let keysInFlight = KeysInFlight()

    package init(
        brands: any BrandStore, documents: any DocumentStore, plans: any PlanStore, posts: any PostStore,
        operations: any OperationStore, acceptedRequests: any AcceptedRequestStore, media: any MediaStore, keys: any KeyStore,
        keyRing: KeyRing, limiter: RateLimiter?,
        health: any StoreHealth,
        index: any PassageIndex, databaseSearch: any CandidateSource, ingestion: IngestionService, documentText: DocumentText,
        retrieval: RetrievalService,
        connectors: ConnectorRegistry,
        posting: SinglePostPipeline, editing: PostEditing, runner: OperationRunner, hub: OperationHub, clock: any WallClock, models: JSON,
        metrics: @escaping @Sendable () async -> MetricsPage
    ) {
        self.brands = brands
        self.documents = documents
        self.plans = plans
        self.posts = posts
        self.operations = operations
        self.acceptedRequests = acceptedRequests
        self.media = media
        self.keys = keys
        self.keyRing = keyRing
        self.limiter = limiter
        self.health = health
        self.index = index
        self.databaseSearch = databaseSearch
        self.ingestion = ingestion
        self.documentText = documentText
        self.retrieval = retrieval
        self.connectors = connectors
        self.posting = posting
        self.editing = editing
        self.runner = runner
        self.hub = hub
        self.clock = clock
        self.models = models
        self.metrics = metrics
    }

    /// Posts held against the documents as they are now.
    var citedPosts: CitedPosts { CitedPosts(posts: posts, documents: documents) }

    func citedPosts(plan id: String, workspace: String) async throws -> [CitedPost] {
        try await citedPosts.reviewed(try await posts.posts(plan: id, workspace: workspace))
    }

    func citedPost(_ id: String, workspace: String) async throws -> CitedPost? {
        guard let post = try await posts.post(id, workspace: workspace) else { return nil }
        return try await citedPosts.reviewed(post)
    }

    /// The brand, or `notFound`.
    func brand(_ context: APIRequestContext) async throws -> Brand {
        guard let brand = try await brands.brand(try context.brandKey()) else { throw Problem.notFound("brand") }
        return brand
    }
}
