package import Knowledge
package import Logging
package import ModelClients
import Operations
import Transfer
import Webhooks

/// The settings of a process, checked.
package struct Settings: Sendable {
    package var mongoURI: Secret
    package var database: String
    package var host: String
    package var port: Int
    package var logLevel: Logger.Level
    package var promptsFolder: String?
    package var embeddings: ModelEndpoint
    package var embeddingModel: String
    package var embeddingStyle: EmbeddingsAPI.RoleStyle
    package var language: ModelEndpoint
    package var languageModel: String
    package var fallbackModels: [String]
    /// Whether there are no keys, and everything belongs to one workspace.
    let isOpen: Bool
    /// Nil where requests are not bounded.
    let rateLimit: (perMinute: Int, burst: Int)?
    /// Whether the GraphQL schema can be asked for, and the explorer be seen.
    let allowsIntrospection: Bool
    /// Origins whose pages may open streams.
    let allowedOrigins: Set<String>
    /// Bytes of memory for the passages that are searched.
    let indexMemory: Int
    /// Whether a language model writes chunks' contexts.
    let writesChunkContexts: Bool
    /// Chunks of a brand above which the database searches it, where it can.
    let databaseSearchThreshold: Int
    /// Nil where spans go nowhere.
    let traces: TraceSettings?
    /// Whether prompts and answers are written to the log, which is for development only.
    let logsPrompts: Bool
    /// Of a workspace that has none of its own.
    let budget: Budget
    /// A file of prices, beside those that come with the service.
    let pricesFile: String?
    /// Where webhooks may go.
    let webhooks: WebhookPolicy
    let limits: ServerLimits
    /// Nil where no pictures are made.
    package var images: (endpoint: ModelEndpoint, model: String)?
    /// All that can be asked by these settings.
    var models: [String] { [languageModel, embeddingModel] + fallbackModels + (images.map { [$0.model] } ?? []) }
    /// Where a crash test wants the process to die.
    var crashPoint: (name: String, count: Int)?

    /// - Throws: `SettingsError` with a sentence for every ill-formed setting.
    package init(_ values: SettingValues) throws(SettingsError) {
        var reader = SettingsReader(values: values)
        mongoURI = Secret(values.text("MONGODB_URI"))
        database = values.text("POSTWRIGHT_DATABASE")
        host = values.text("POSTWRIGHT_HOST")
        port = reader.integer("POSTWRIGHT_PORT", in: 0...65_535)
        logLevel = reader.choice("POSTWRIGHT_LOG_LEVEL", Logger.Level.init(rawValue:), of: Logger.Level.allCases.map(\.rawValue)) ?? .info
        let prompts = values.text("POSTWRIGHT_PROMPTS")
        promptsFolder = prompts.isEmpty ? nil : prompts
        isOpen = reader.choice("POSTWRIGHT_AUTH", { ["off": true, "keys": false][$0] }, of: ["keys", "off"]) ?? false
        let perMinute = reader.integer("POSTWRIGHT_RATE_LIMIT_PER_MINUTE", in: 0...1_000_000)
        let burst = reader.integer("POSTWRIGHT_RATE_LIMIT_BURST", in: 1...1_000_000)
        rateLimit = perMinute == 0 ? nil : (perMinute, burst)
        allowsIntrospection = reader.introspection(host: host)
        allowedOrigins = reader.origins("POSTWRIGHT_ALLOWED_ORIGINS")
        indexMemory = reader.integer("POSTWRIGHT_INDEX_MEMORY", in: 16...1_048_576) << 20
        writesChunkContexts =
            reader.choice("POSTWRIGHT_CHUNK_CONTEXT", { ["header": false, "model": true][$0] }, of: ["header", "model"]) ?? false
        databaseSearchThreshold = reader.integer("POSTWRIGHT_DATABASE_SEARCH_ABOVE", in: 0...1_000_000_000)
        embeddings = ModelEndpoint(
            baseURL: reader.url("EMBEDDINGS_BASE_URL"), apiKey: Secret(values.text("EMBEDDINGS_API_KEY")), timeouts: TransferTimeouts(),
            maximumConcurrency: 8)
        embeddingModel = values.text("EMBEDDINGS_MODEL")
        embeddingStyle = reader.embeddingStyle()
        var timeouts = TransferTimeouts()
        timeouts.connect = reader.seconds("LLM_CONNECT_TIMEOUT")
        timeouts.firstByte = reader.seconds("LLM_FIRST_BYTE_TIMEOUT")
        timeouts.idle = reader.seconds("LLM_IDLE_TIMEOUT")
        timeouts.total = reader.seconds("LLM_TIMEOUT")
        let key = values.text("LLM_API_KEY")
        language = ModelEndpoint(
            baseURL: reader.url("LLM_BASE_URL"), apiKey: Secret(key.isEmpty ? values.text("OPENROUTER_API_KEY") : key), timeouts: timeouts,
            maximumConcurrency: reader.integer("LLM_MAX_CONCURRENCY", in: 1...1_000))
        languageModel = values.text("LLM_MODEL")
        fallbackModels = values.text("LLM_FALLBACK_MODELS").split(separator: ",").map { $0.filter { $0 != " " } }
        images = reader.images(timeouts)
        traces = reader.traces()
        logsPrompts = reader.choice("POSTWRIGHT_LOG_PROMPTS", { ["off": false, "on": true][$0] }, of: ["on", "off"]) ?? false
        budget = reader.budget()
        let prices = values.text("POSTWRIGHT_PRICES")
        pricesFile = prices.isEmpty ? nil : prices
        webhooks = reader.webhookPolicy()
        limits = reader.serverLimits()
        crashPoint = reader.crashPoint()
        reader.checkAccess(host: host)
        reader.checkURI(mongoURI.reveal())
        guard reader.sentences.isEmpty else { throw SettingsError(sentences: reader.sentences) }
    }
}
