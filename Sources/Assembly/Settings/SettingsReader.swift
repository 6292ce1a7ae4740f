import Knowledge
import Logging
import ModelClients
import Operations
import Transfer
import Webhooks

/// Reads settings, and collects a sentence for each that is ill-formed.
struct SettingsReader {
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
            baseURL: self.url("IMAGES_BASE_URL"), apiKey: Secret(values.text("IMAGES_API_KEY")), timeouts: timeouts, maximumConcurrency: 8)
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

    mutating func traces() -> TraceSettings? {
        guard !values.text("OTEL_EXPORTER_OTLP_ENDPOINT").isEmpty else { return nil }
        let headers = values.text("OTEL_EXPORTER_OTLP_HEADERS").split(separator: ",").compactMap { pair -> (name: String, value: Secret)? in
            let parts = pair.split(separator: "=", maxSplits: 1).map { $0.filter { $0 != " " } }
            if parts.count == 2 { return (parts[0].lowercased(), Secret(parts[1])) }
            sentences.append("OTEL_EXPORTER_OTLP_HEADERS must be NAME=VALUE pairs with commas between.")
            return nil
        }
        return TraceSettings(
            endpoint: url("OTEL_EXPORTER_OTLP_ENDPOINT"), headers: headers, serviceName: values.text("OTEL_SERVICE_NAME"),
            sampling: number("OTEL_TRACES_SAMPLER_ARG", in: 0...1) ?? 1)
    }

    mutating func budget() -> Budget {
        Budget(
            tokens: number("POSTWRIGHT_BUDGET_TOKENS", in: 0...1e15).map { Int($0) },
            micros: number("POSTWRIGHT_BUDGET_USD", in: 0...1e9).map { Int(($0 * 1_000_000).rounded()) })
    }

    mutating func webhookPolicy() -> WebhookPolicy {
        let hosts = values.text("POSTWRIGHT_WEBHOOK_HOSTS").split(separator: ",").map { $0.filter { $0 != " " }.lowercased() }
        for host in hosts where host != "*" && (host.isEmpty || host.contains("/") || host.contains(":")) {
            sentences.append(
                "POSTWRIGHT_WEBHOOK_HOSTS has host names such as hooks.example.com, with commas between, or *, not \"\(host)\".")
        }
        let known = ["off": false, "on": true]
        return WebhookPolicy(
            hosts: Set(hosts),
            allowsPrivateAddresses: choice("POSTWRIGHT_WEBHOOK_PRIVATE_ADDRESSES", { known[$0] }, of: ["on", "off"]) ?? false)
    }

    mutating func serverLimits() -> ServerLimits {
        ServerLimits(
            connections: integer("POSTWRIGHT_MAX_CONNECTIONS", in: 1...1_000_000),
            workspaceConcurrency: integer("POSTWRIGHT_WORKSPACE_CONCURRENCY", in: 1...100_000),
            idleTimeout: seconds("POSTWRIGHT_IDLE_TIMEOUT"), requestTimeout: seconds("POSTWRIGHT_REQUEST_TIMEOUT"))
    }

    /// Nil where it is empty.
    private mutating func number(_ name: String, in range: ClosedRange<Double>) -> Double? {
        let text = values.text(name)
        if text.isEmpty { return nil }
        if let value = Double(text), range.contains(value) { return value }
        sentences.append("\(name) must be a number from \(Int(range.lowerBound)) to \(Int(range.upperBound)), not \"\(text)\".")
        return nil
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
