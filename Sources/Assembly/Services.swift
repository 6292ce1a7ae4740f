// Assembly: the one place that reads the settings and builds each object, once.

import API
import Accounting
import Connectors
import Conversion
import Foundation
import Generation
import Hummingbird
import Ingestion
import JSON
import Knowledge
package import Logging
import ModelClients
import Mongo
import MongoStore
import Operations
import Retrieval
import ServiceLifecycle
import Telemetry
import Transfer
import VectorIndex
import Webhooks
import Yams

/// The objects of a process, put together.
package struct Services: Sendable {
    let settings: Settings
    let logger: Logger
    let stores: MongoStores
    let clock: any WallClock
    let index: SegmentIndex
    let search: TieredIndex
    let databaseSearch: DatabaseSearch
    let audit: IndexAudit
    let freshness: SegmentFreshness
    let embeddings: any EmbeddingClient
    let model: any LanguageModel
    let ingestion: IngestionService
    let documentText: DocumentText
    let retrieval: RetrievalService
    let connectors: ConnectorRegistry
    let generation: GenerationContext
    let hub: OperationHub
    let posting: SinglePostPipeline
    let runner: OperationRunner
    let transfers: TransferClient
    let metrics: Metrics
    let requestWatch: RequestWatch
    let gate: WorkspaceGate
    let readiness = Readiness()
    let budget: BudgetMeter
    let plans: PlanPipeline
    let webhooks: WebhookDispatcher
    let backlog: BacklogWatch
    let serviceMetrics: ServiceMetrics
    /// Nil where spans go nowhere.
    let traces: TraceExport?

    /// Builds everything; nothing is contacted yet.
    ///
    /// - Throws: an error whose description says which setting or file is wrong.
    package init(_ settings: Settings, logger: Logger) throws {
        FreeMemory.share()
        self.settings = settings
        self.logger = logger
        clock = SystemClock()
        let metrics = Metrics()
        self.metrics = metrics
        requestWatch = RequestWatch(metrics: metrics)
        gate = WorkspaceGate(limit: settings.limits.workspaceConcurrency, metrics: metrics)
        let databaseWatch = DatabaseWatch(metrics: metrics)
        var database = MongoOptions(uri: settings.mongoURI.reveal())
        database.observer = { databaseWatch.note($0, $1) }
        stores = MongoStores(client: try Self.client(database, logger), database: settings.database)
        budget = BudgetMeter(
            store: stores, prices: try Self.prices(settings), standard: settings.budget, clock: clock, metrics: metrics, logger: logger)
        index = SegmentIndex(source: stores, budget: settings.indexMemory)
        databaseSearch = DatabaseSearch(stores: stores)
        search = TieredIndex(
            memory: index, candidates: databaseSearch, ledger: stores, threshold: settings.databaseSearchThreshold,
            // A chunk takes about a KiB with its words.
            capacity: settings.indexMemory / 1_024)
        audit = IndexAudit(index: index, ledger: stores)
        freshness = SegmentFreshness(stores: stores, index: index, audit: audit, logger: logger)
        let transfers = TransferClient()
        self.transfers = transfers
        let (retries, breakers) = (SharedRetryBudget(), CircuitBreakers())
        let watch = ModelWatch(metrics: metrics, meter: budget)
        traces = settings.traces.map { TraceExport($0, transfers: transfers, metrics: metrics) }
        embeddings = EmbeddingsAPI(
            transport: ModelTransport(client: transfers, endpoint: settings.embeddings, budget: retries, breakers: breakers, watch: watch),
            model: settings.embeddingModel, style: settings.embeddingStyle)
        let chat = ChatAPI(
            transport: ModelTransport(client: transfers, endpoint: settings.language, budget: retries, breakers: breakers, watch: watch),
            model: settings.languageModel, fallbackModels: settings.fallbackModels)
        model = settings.logsPrompts ? PromptLog(model: chat, logger: logger) : chat
        documentText = DocumentText(converter: ChildConverter())
        retrieval = RetrievalService(brands: stores, embeddings: embeddings, cache: stores, search: search)
        connectors = try ConnectorRegistry.standard()
        hub = OperationHub()
        let images = settings.images.map { images in
            ImagesAPI(
                transport: ModelTransport(client: transfers, endpoint: images.endpoint, budget: retries, breakers: breakers, watch: watch),
                model: images.model)
        }
        generation = GenerationContext(
            prompts: try Self.prompts(settings.promptsFolder, connectors, logger), model: model, images: images, retrieval: retrieval,
            documents: stores, media: stores, connectors: connectors, clock: clock,
            watch: StageWatch(metrics: metrics))
        ingestion = IngestionService(
            brands: stores, documents: stores, cache: stores, embeddings: embeddings, index: search,
            contextWriter: settings.writesChunkContexts ? ChunkContextStage(generation, model: settings.languageModel) : nil, clock: clock)
        plans = PlanPipeline(context: generation, brands: stores, plans: stores, posts: stores)
        posting = SinglePostPipeline(context: generation, brands: stores, posts: stores)
        let postGeneration = PostGeneration(pipeline: posting, steps: stores)
        runner = OperationRunner(
            store: stores,
            handlers: [
                .ingestDocument: DocumentIngestion(service: ingestion, documents: stores, steps: stores),
                .generatePlan: PlanGeneration(pipeline: plans, plans: stores, steps: stores),
                .generatePost: postGeneration, .regeneratePost: postGeneration,
            ], hub: hub, clock: clock, logger: logger, watch: OperationWatch(metrics: metrics))
        webhooks = WebhookDispatcher(
            store: stores, sender: WebhookTransport(client: transfers, policy: settings.webhooks), policy: settings.webhooks, clock: clock,
            metrics: metrics, logger: logger, render: \.json)
        backlog = BacklogWatch(operations: stores, clock: clock, metrics: metrics)
        serviceMetrics = ServiceMetrics(metrics: metrics, index: index, audit: audit, hub: hub)
    }

    /// Those that come with the service, and a file's in their place.
    private static func prices(_ settings: Settings) throws -> PriceList {
        let standard = try PriceList.standard()
        var list = standard
        if let path = settings.pricesFile {
            do {
                // YAML has JSON within it.
                let given = try YAMLDecoder().decode(YAMLValue.self, from: String(contentsOfFile: path, encoding: .utf8))
                list = standard.replaced(by: try PriceList(given.json))
            } catch let error as PriceError {
                throw SettingsError(sentences: ["POSTWRIGHT_PRICES=\(path) cannot be used: \(error)."])
            } catch {
                throw SettingsError(sentences: ["POSTWRIGHT_PRICES=\(path) cannot be read: \(error.fileReason)"])
            }
        }
        let unpriced = settings.models.filter { !list.knows($0) }
        if settings.budget.micros != nil, !unpriced.isEmpty {
            throw SettingsError(sentences: [
                "POSTWRIGHT_BUDGET_USD needs prices of all models; POSTWRIGHT_PRICES has none of \(unpriced.joined(separator: ", "))."
            ])
        }
        return list
    }

    private static func prompts(_ folder: String?, _ connectors: ConnectorRegistry, _ logger: Logger) throws -> PromptSource {
        do {
            return try PromptSource(connectors: connectors, folder: folder) { defects in
                if let defects {
                    logger.error("changed prompts cannot be used; the former ones stay", metadata: ["defects": "\(defects)"])
                } else {
                    logger.notice("the prompts were read again")
                }
            }
        } catch let error as PromptDefects {
            throw SettingsError(sentences: ["The prompts of POSTWRIGHT_PROMPTS cannot be used:"] + error.defects.map(\.description))
        }
    }

    /// The API over these objects.
    func api() -> APIDependencies {
        APIDependencies(
            brands: stores, documents: stores, plans: stores, posts: stores, operations: stores, acceptedRequests: stores,
            media: stores, keys: stores, webhooks: stores, webhookPolicy: settings.webhooks,
            keyRing: KeyRing(store: stores, clock: clock, isOpen: settings.isOpen),
            limiter: settings.rateLimit.map { RateLimiter(perMinute: $0.perMinute, burst: $0.burst) }, gate: gate, health: stores,
            readiness: readiness,
            index: search, databaseSearch: databaseSearch, ingestion: ingestion, documentText: documentText,
            retrieval: retrieval,
            connectors: connectors,
            planning: plans, budget: budget, posting: posting,
            editing: PostEditing(posts: stores, retrieval: retrieval, connectors: connectors, clock: clock),
            runner: runner, hub: hub,
            clock: clock,
            modelNames: [.embedding: settings.embeddingModel, .language: settings.languageModel].merging(
                settings.images.map { [.image: $0.model] } ?? [:]
            ) { first, _ in first },
            requestWatch: requestWatch, metrics: serviceMetrics.page, logger: logger)
    }

    /// Writes what is still in memory; the last thing that a command does.
    package func close() async { await budget.write() }

    private static func client(_ options: MongoOptions, _ logger: Logger) throws(StartError) -> MongoClient {
        do { return try MongoClient(options, logger: logger) } catch {
            // Which part of it is wrong may name a password.
            throw StartError(.settings, "MONGODB_URI (\(Redaction.uri(options.uri))) is no connection string that can be read.")
        }
    }

    /// Waits for the database, makes its collections and indexes, and says in a sentence when it cannot.
    func prepareStores(patience: Duration = .seconds(10)) async throws(StartError) {
        let deadline = ContinuousClock.now + patience
        while true {
            do {
                try await requireReplicaSet()
                return try await stores.prepare()
            } catch let error as StartError {
                throw error
            } catch StoreError.unavailable where ContinuousClock.now < deadline {
                // Cancellation shows at the next call.
                try? await Task.sleep(for: .milliseconds(250))
            } catch {
                throw StartError(
                    .dependency,
                    "The database at \(Redaction.uri(settings.mongoURI.reveal())) cannot be used (\(error)); check MONGODB_URI, or start it."
                )
            }
        }
    }
}

extension Services {
    func requireReplicaSet() async throws {
        guard try await stores.isStandalone() else { return }
        throw StartError(
            .dependency,
            "The database at \(Redaction.uri(settings.mongoURI.reveal())) is a standalone server; transactions and change streams need a replica set (one member is enough) or a sharded cluster."
        )
    }
}

/// Texts that may be shown to anybody.
enum Redaction {
    /// A connection string without user name, password and options.
    static func uri(_ uri: String) -> String {
        guard let scheme = uri.range(of: "://") else { return "…" }
        let rest = uri[scheme.upperBound...].split(separator: "?").first ?? ""
        let host = rest.split(separator: "@").last ?? ""
        return uri[..<scheme.upperBound] + (rest.contains("@") ? "…@" : "") + host
    }

    static func secret(_ text: String) -> String { text.isEmpty ? "(not set)" : "(set)" }
}
