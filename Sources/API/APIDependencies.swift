package import Accounting
package import Connectors
package import Generation
package import Ingestion
package import Knowledge
package import Logging
package import Operations
package import Retrieval
package import Webhooks

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
    package var webhooks: any WebhookStore
    package var webhookPolicy: WebhookPolicy
    package var keyRing: KeyRing
    /// Nil where requests are not bounded.
    package var limiter: RateLimiter?
    package var gate: WorkspaceGate
    package var health: any StoreHealth
    package var readiness: Readiness
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
    /// Tells what plans would cost.
    package var planning: PlanPipeline
    package var budget: BudgetMeter
    package var runner: OperationRunner
    package var hub: OperationHub
    package var clock: any WallClock
    /// The models of this deployment, by what they do.
    package var modelNames: [PlanEstimate.Line.Kind: String]
    package var requestWatch: RequestWatch
    /// What operators watch, as text.
    package var metrics: @Sendable () async -> String
    package var logger: Logger
    let keysInFlight = KeysInFlight()

    package init(
        brands: any BrandStore, documents: any DocumentStore, plans: any PlanStore, posts: any PostStore,
        operations: any OperationStore, acceptedRequests: any AcceptedRequestStore, media: any MediaStore, keys: any KeyStore,
        webhooks: any WebhookStore, webhookPolicy: WebhookPolicy, keyRing: KeyRing, limiter: RateLimiter?, gate: WorkspaceGate,
        health: any StoreHealth, readiness: Readiness,
        index: any PassageIndex, databaseSearch: any CandidateSource, ingestion: IngestionService, documentText: DocumentText,
        retrieval: RetrievalService,
        connectors: ConnectorRegistry,
        planning: PlanPipeline, budget: BudgetMeter, posting: SinglePostPipeline, editing: PostEditing, runner: OperationRunner,
        hub: OperationHub, clock: any WallClock,
        modelNames: [PlanEstimate.Line.Kind: String],
        requestWatch: RequestWatch, metrics: @escaping @Sendable () async -> String, logger: Logger
    ) {
        self.brands = brands
        self.documents = documents
        self.plans = plans
        self.posts = posts
        self.operations = operations
        self.acceptedRequests = acceptedRequests
        self.media = media
        self.keys = keys
        self.webhooks = webhooks
        self.webhookPolicy = webhookPolicy
        self.keyRing = keyRing
        self.limiter = limiter
        self.gate = gate
        self.health = health
        self.readiness = readiness
        self.index = index
        self.databaseSearch = databaseSearch
        self.ingestion = ingestion
        self.documentText = documentText
        self.retrieval = retrieval
        self.connectors = connectors
        self.posting = posting
        self.editing = editing
        self.planning = planning
        self.budget = budget
        self.runner = runner
        self.hub = hub
        self.clock = clock
        self.modelNames = modelNames
        self.requestWatch = requestWatch
        self.metrics = metrics
        self.logger = logger
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
