/// One setting of the service: its name is the same in the environment and in a configuration file.
package struct Setting: Sendable {
    package let name: String
    package let summary: String
    package let defaultValue: String
    package let isSecret: Bool

    private init(_ name: String, _ defaultValue: String, _ summary: String, isSecret: Bool = false) {
        self.name = name
        self.summary = summary
        self.defaultValue = defaultValue
        self.isSecret = isSecret
    }

    /// Every setting that there is.
    package static let all: [Setting] = [
        Setting("MONGODB_URI", "mongodb://127.0.0.1:27017", "where the database is", isSecret: true),
        Setting("POSTWRIGHT_DATABASE", "postwright", "name of the database"),
        Setting("POSTWRIGHT_HOST", "127.0.0.1", "address to listen on; a loopback address where POSTWRIGHT_AUTH is off"),
        Setting("POSTWRIGHT_PORT", "8080", "port to listen on, 0 for any free one"),
        Setting("POSTWRIGHT_AUTH", "off", "`keys`: requests need a key of `postwright keys create`; `off`: none, loopback only"),
        Setting(
            "POSTWRIGHT_RATE_LIMIT_PER_MINUTE", "0",
            "requests a minute of each key; four times as many of a workspace's keys together; 0 for no limit"),
        Setting("POSTWRIGHT_RATE_LIMIT_BURST", "100", "requests of a key at once, after a pause"),
        Setting("POSTWRIGHT_WORKSPACE_CONCURRENCY", "256", "requests of a workspace at once; further ones wait, or get 429"),
        Setting("POSTWRIGHT_MAX_CONNECTIONS", "8192", "connections at once; further ones wait to be accepted"),
        Setting("POSTWRIGHT_IDLE_TIMEOUT", "75", "seconds after which a connection that is silent between requests is closed"),
        Setting("POSTWRIGHT_REQUEST_TIMEOUT", "60", "seconds that a request's body may take to arrive, once its head is there"),
        Setting("POSTWRIGHT_BUDGET_TOKENS", "", "tokens a calendar month (UTC) of each workspace; none for no limit"),
        Setting("POSTWRIGHT_BUDGET_USD", "", "US dollars a calendar month (UTC) of each workspace; none for no limit"),
        Setting("POSTWRIGHT_PRICES", "", "JSON or YAML file with prices of models, beside those in the binary"),
        Setting("POSTWRIGHT_WEBHOOK_HOSTS", "", "hosts that webhooks may be sent to, with commas between; * for all; none for no webhooks"),
        Setting(
            "POSTWRIGHT_WEBHOOK_PRIVATE_ADDRESSES", "off", "on: webhooks may be sent to loopback, private and link-local addresses too"),
        Setting("OTEL_EXPORTER_OTLP_ENDPOINT", "", "base URL of an OpenTelemetry collector that takes OTLP over HTTP"),
        Setting("OTEL_EXPORTER_OTLP_HEADERS", "", "NAME=VALUE headers for it, with commas between", isSecret: true),
        Setting("OTEL_SERVICE_NAME", "postwright", "name of the service in traces"),
        Setting("OTEL_TRACES_SAMPLER_ARG", "1", "part of the traces that begin here which are kept, 0 to 1"),
        Setting("POSTWRIGHT_LOG_PROMPTS", "off", "on: prompts and answers are written to the log; for development only"),
        Setting("POSTWRIGHT_LOG_LEVEL", "info", "trace, debug, info, notice, warning, error or critical"),
        Setting("POSTWRIGHT_PROMPTS", "", "folder whose prompt files replace those in the binary"),
        Setting(
            "POSTWRIGHT_GRAPHQL_INTROSPECTION", "",
            "on or off: whether the GraphQL schema can be asked for; on by default on loopback addresses only"),
        Setting("POSTWRIGHT_ALLOWED_ORIGINS", "", "origins of pages that may use the service from a browser, with commas between"),
        Setting("POSTWRIGHT_INDEX_MEMORY", "1024", "MiB of memory for the passages that are searched"),
        Setting(
            "POSTWRIGHT_CHUNK_CONTEXT", "header",
            "what is embedded and searched with a chunk: header, or model for a sentence of the language model too"),
        Setting(
            "POSTWRIGHT_DATABASE_SEARCH_ABOVE", "250000",
            "chunks of a brand above which $vectorSearch of the database searches it, where there is one"),
        Setting(
            "POSTWRIGHT_CRASH_AT", "", "for crash tests only: `NAME:COUNT` kills the process as it passes the place the COUNTth time"),
        Setting("EMBEDDINGS_BASE_URL", "https://api.openai.com/v1", "OpenAI-compatible API for embeddings"),
        Setting("EMBEDDINGS_API_KEY", "", "its key", isSecret: true),
        Setting(
            "EMBEDDINGS_MODEL", "text-embedding-3-small",
            "embedding model; with another one documents are embedded anew as they are uploaded again, or seeded"),
        Setting("EMBEDDINGS_QUERY_PREFIX", "", "put before every query (e5 models: `query: `)"),
        Setting("EMBEDDINGS_PASSAGE_PREFIX", "", "put before every passage (e5 models: `passage: `)"),
        Setting("EMBEDDINGS_INPUT_TYPES", "", "`query,passage`: the words to send as `input_type`, instead of prefixes"),
        Setting("LLM_BASE_URL", "https://openrouter.ai/api/v1", "OpenAI-compatible API for the language model"),
        Setting("LLM_API_KEY", "", "its key", isSecret: true),
        Setting("OPENROUTER_API_KEY", "", "used when LLM_API_KEY is not set", isSecret: true),
        Setting("LLM_MODEL", "openrouter/auto", "language model"),
        Setting("LLM_FALLBACK_MODELS", "", "models to try in turn when the first is unknown or fails, with commas between"),
        Setting("LLM_CONNECT_TIMEOUT", "5", "seconds for name look-up, TCP and TLS"),
        Setting("LLM_FIRST_BYTE_TIMEOUT", "60", "seconds until the answer begins"),
        Setting("LLM_IDLE_TIMEOUT", "30", "seconds between two pieces of content"),
        Setting("LLM_TIMEOUT", "180", "seconds for a call with all its retries"),
        Setting("LLM_MAX_CONCURRENCY", "64", "calls to the language model in flight at once"),
        Setting("IMAGES_BASE_URL", "", "OpenAI-compatible API that makes pictures; without it posts have briefs of them only"),
        Setting("IMAGES_API_KEY", "", "its key", isSecret: true),
        Setting("IMAGES_MODEL", "", "image model; set together with IMAGES_BASE_URL"),
    ]
}

/// What is wrong with the settings; each sentence names one.
package struct SettingsError: Error, Sendable, CustomStringConvertible {
    package var sentences: [String]
    package var description: String { sentences.joined(separator: "\n") }
}
