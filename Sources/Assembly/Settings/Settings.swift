package import Logging
package import ModelClients
import Operations
import Transfer

/// The settings of a process, checked.
package struct Settings: Sendable {
    package var mongoURI: String
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
    /// Nil where no pictures are made.
    package var images: (endpoint: ModelEndpoint, model: String)?
    /// Where a crash test wants the process to die.
    var crashPoint: (name: String, count: Int)?

    /// - Throws: `SettingsError` with a sentence for every ill-formed setting.
    package init(_ values: SettingValues) throws(SettingsError) {
        var reader = Reader(values: values)
        mongoURI = values.text("MONGODB_URI")
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
            baseURL: reader.url("EMBEDDINGS_BASE_URL"), apiKey: values.text("EMBEDDINGS_API_KEY"), timeouts: TransferTimeouts(),
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
            baseURL: reader.url("LLM_BASE_URL"), apiKey: key.isEmpty ? values.text("OPENROUTER_API_KEY") : key, timeouts: timeouts,
            maximumConcurrency: reader.integer("LLM_MAX_CONCURRENCY", in: 1...1_000))
        languageModel = values.text("LLM_MODEL")
        fallbackModels = values.text("LLM_FALLBACK_MODELS").split(separator: ",").map { $0.filter { $0 != " " } }
        images = reader.images(timeouts)
        crashPoint = reader.crashPoint()
        reader.checkAccess(host: host)
        reader.checkURI(mongoURI)
        guard reader.sentences.isEmpty else { throw SettingsError(sentences: reader.sentences) }
    }

    private struct Reader {
        let values: SettingValues
        var sentences: [String] = []

        init(values: SettingValues) { self.values = values }

        mutating func crashPoint() -> (name: String, count: Int)? {
            let text = values.text("POSTWRIGHT_CRASH_AT")
            let parts = text.split(separator: ":").map(String.init)
            if text.isEmpty { return nil }
            if parts.count == 2, CrashPoint.names.contains(parts[0]), let count = Int(parts[1]), count > 0 { return (parts[0], count) }
            sentences.append(
                "POSTWRIGHT_CRASH_AT must be NAME:COUNT with one of \(CrashPoint.names.joined(separator: ", ")), not \"\(text)\".")
            return nil
        }

        mutating func integer(_ name: String, in range: ClosedRange<Int>) -> Int {
            if let value = Int(values.text(name)), range.contains(value) { return value }
            sentences.append("\(name) must be an integer from \(range.lowerBound) to \(range.upperBound), not \"\(values.text(name))\".")
            return range.lowerBound
        }

        mutating func seconds(_ name: String) -> Duration {
            if let value = Double(values.text(name)), value > 0, value <= 3600 { return .milliseconds(Int(value * 1000)) }
            sentences.append("\(name) must be a number of seconds above 0 and up to 3600, not \"\(values.text(name))\".")
            return .seconds(1)
        }

        mutating func choice<Choice>(_ name: String, _ make: (String) -> Choice?, of known: [String]) -> Choice? {
            if let value = make(values.text(name)) { return value }
            sentences.append("\(name) must be one of \(known.joined(separator: ", ")), not \"\(values.text(name))\".")
            return nil
        }

        mutating func url(_ name: String) -> String {
            let text = values.text(name)
            let rest = ["https://", "http://"].first(where: text.hasPrefix).map { text.dropFirst($0.count) }
            if let rest, !rest.isEmpty, rest.first != "/", text.utf8.allSatisfy({ $0 > 0x20 }) { return text }
            sentences.append("\(name) must be a URL that begins with http:// or https://.")
            return text
        }

        mutating func images(_ timeouts: TransferTimeouts) -> (endpoint: ModelEndpoint, model: String)? {
            let (url, model) = (values.text("IMAGES_BASE_URL"), values.text("IMAGES_MODEL"))
            if url.isEmpty && model.isEmpty { return nil }
            guard !url.isEmpty, !model.isEmpty else {
                sentences.append("IMAGES_BASE_URL and IMAGES_MODEL must be set together.")
                return nil
            }
            let endpoint = ModelEndpoint(
                baseURL: self.url("IMAGES_BASE_URL"), apiKey: values.text("IMAGES_API_KEY"), timeouts: timeouts, maximumConcurrency: 8)
            return (endpoint, model)
        }

        mutating func embeddingStyle() -> EmbeddingsAPI.RoleStyle {
            let (query, passage) = (values.text("EMBEDDINGS_QUERY_PREFIX"), values.text("EMBEDDINGS_PASSAGE_PREFIX"))
            let types = values.text("EMBEDDINGS_INPUT_TYPES").split(separator: ",").map { $0.filter { $0 != " " } }
            if !types.isEmpty {
                if types.count != 2 {
                    sentences.append("EMBEDDINGS_INPUT_TYPES must be two words with a comma between, such as query,passage.")
                }
                if !query.isEmpty || !passage.isEmpty {
                    sentences.append(
                        "EMBEDDINGS_INPUT_TYPES cannot be set together with EMBEDDINGS_QUERY_PREFIX or EMBEDDINGS_PASSAGE_PREFIX.")
                }
                return types.count == 2 ? .inputTypes(query: types[0], passage: types[1]) : .none
            }
            return query.isEmpty && passage.isEmpty ? .none : .prefixes(query: query, passage: passage)
        }

        /// On for a developer's own machine, off elsewhere, unless it is said.
        mutating func introspection(host: String) -> Bool {
            let name = "POSTWRIGHT_GRAPHQL_INTROSPECTION"
            if values.text(name).isEmpty { return Self.loopback.contains(host) }
            return choice(name, { ["on": true, "off": false][$0] }, of: ["on", "off"]) ?? false
        }

        mutating func origins(_ name: String) -> Set<String> {
            let origins = values.text(name).split(separator: ",").map { String($0.filter { $0 != " " }) }
            for origin in origins {
                let rest = ["https://", "http://"].first(where: origin.hasPrefix).map { origin.dropFirst($0.count) }
                if rest?.isEmpty ?? true || rest?.contains("/") == true {
                    sentences.append("\(name) has origins such as https://console.example, with commas between, not \"\(origin)\".")
                }
            }
            return Set(origins)
        }

        private static let loopback = ["127.0.0.1", "::1", "localhost"]

        mutating func checkAccess(host: String) {
            if values.text("POSTWRIGHT_AUTH") == "off", !Self.loopback.contains(host) {
                sentences.append("POSTWRIGHT_HOST must be a loopback address (127.0.0.1, ::1 or localhost) while POSTWRIGHT_AUTH is off.")
            }
        }

        mutating func checkURI(_ uri: String) {
            guard uri.hasPrefix("mongodb://") || uri.hasPrefix("mongodb+srv://") else {
                return sentences.append("MONGODB_URI must begin with mongodb:// or mongodb+srv://.")
            }
        }
    }
}
