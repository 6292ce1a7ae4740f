import Foundation
import Ingestion
import JSON
import Knowledge
import ModelClients
import MongoStore
import Transfer

extension Services {
    /// One dependency and whether it works.
    private struct Finding: Sendable {
        var name: String
        /// Nil when it works.
        var fault: StartError.Reason?
        var detail: String
        var isWell: Bool { fault == nil }
    }

    /// Asks every dependency for a small thing, and prints what it found and the effective settings.
    ///
    /// - Returns: nil when all is well.
    package func doctor(_ values: SettingValues, asJSON: Bool) async -> StartError.Reason? {
        let probe = ModelProbe(embeddings: embeddings, model: model)
        var findings = [
            await Self.finding("database") {
                try await stores.check()
                try await requireReplicaSet()
                return "answers at \(Redaction.uri(settings.mongoURI.reveal()))"
            },
            await Self.finding("chunks") { try await chunksCheck() },
            await Self.finding("running service") { try await serviceCheck() },
            await Self.finding("embeddings") { "\(settings.embeddingModel): \(try await probe.embeddingDimensions()) dimensions" },
            await Self.finding("documents") {
                let missing = Document.Format.allCases.compactMap { documentText.unavailability(of: $0) }
                guard missing.isEmpty else { throw StartError(.failed, missing.joined(separator: "; ")) }
                return "every format can be read"
            },
            await Self.finding("language model") { "\(try await probe.languageModel()) answers in JSON Schema" },
        ]
        if let images = settings.images {
            findings.append(await Self.finding("images") { try await imagesCheck(images.endpoint, images.model) })
        }
        if asJSON {
            Console.print(Self.json(findings, values).prettyText)
        } else {
            for finding in findings { Console.print("\(finding.isWell ? "✓" : "✗") \(finding.name): \(finding.detail)") }
            Console.print("\nSettings:")
            for setting in Setting.all { Console.print("  \(setting.name)=\(Self.shown(setting, values))") }
        }
        // A dependency that is away may be all that is wrong.
        let faults = findings.compactMap(\.fault)
        return faults.contains(.dependency) ? .dependency : faults.first
    }

    /// Whether what is stored is what was written.
    private func chunksCheck() async throws -> String {
        let result = try await StoredChunksCheck(stores: stores).run()
        guard result.damaged.isEmpty else {
            let named = result.damaged.prefix(5).joined(separator: ", ") + (result.damaged.count > 5 ? ", …" : "")
            throw StartError(.failed, "not what was written in \(result.damaged.count) documents: \(named); upload them again")
        }
        let older = result.unknown > 0 ? "; \(result.unknown) documents have no checksum yet, they get one when uploaded again" : ""
        return "\(result.chunks) in \(result.brands) brands, each as it was written\(older)"
    }

    /// Whether the service that runs with these settings, if one does, searches what is stored.
    private func serviceCheck() async throws -> String {
        let host = settings.host.contains(":") ? "[\(settings.host)]" : settings.host
        let url = "http://\(host):\(settings.port)/metrics"
        var request = TransferRequest(method: "GET", url: url)
        request.timeouts.total = .seconds(5)
        guard let response = try? await transfers.send(request), response.status == 200 else { return "none at \(host):\(settings.port)" }
        let text = String(decoding: try await response.body.collect(), as: UTF8.self)
        func value(_ name: String) -> Int? {
            text.split(separator: "\n").first { $0.hasPrefix(name + " ") }.flatMap { Int($0.dropFirst(name.count + 1)) }
        }
        guard let brands = value("postwright_index_compared_brands"), let differing = value("postwright_index_differing_brands") else {
            throw StartError(.failed, "what answers at \(url) is not postwright")
        }
        guard differing == 0 else {
            throw StartError(.failed, "\(differing) of \(brands) brands in its memory are not what is stored; its log has the documents")
        }
        if let age = value("postwright_index_audit_age_seconds"), age > 180 {
            throw StartError(.failed, "its memory was not compared with the database for \(age) s; its log says why")
        }
        return "at \(host):\(settings.port), brands in its memory: \(brands), each with the checksum of the database"
    }

    /// Whether the API of pictures answers, and takes the key; a picture would cost money.
    private func imagesCheck(_ endpoint: ModelEndpoint, _ model: String) async throws -> String {
        var request = TransferRequest(method: "GET", url: endpoint.baseURL + "/models")
        request.timeouts.total = .seconds(10)
        let key = endpoint.apiKey.reveal()
        if !key.isEmpty { request.headers.append(("authorization", "Bearer \(key)")) }
        guard let response = try? await transfers.send(request) else {
            throw StartError(.dependency, "\(endpoint.baseURL) does not answer; check IMAGES_BASE_URL")
        }
        guard ![401, 403].contains(response.status) else {
            throw StartError(.dependency, "\(endpoint.baseURL) refuses the key; check IMAGES_API_KEY")
        }
        guard response.status < 500 else { throw StartError(.dependency, "\(endpoint.baseURL) answers with \(response.status)") }
        return "\(model): \(endpoint.baseURL) answers"
    }

    private static func finding(_ name: String, _ check: () async throws -> String) async -> Finding {
        do {
            return Finding(name: name, detail: try await check())
        } catch {
            let detail =
                switch error {
                case StoreError.unavailable: "does not answer; check MONGODB_URI, or start it"
                case let error as ModelError: "\(error)\(error.detail.isEmpty ? "" : ": \(error.detail)")"
                default: "\(error)"
                }
            return Finding(name: name, fault: StartError(error).reason, detail: detail)
        }
    }

    private static func shown(_ setting: Setting, _ values: SettingValues) -> String {
        let text = values.text(setting.name)
        if setting.name == "MONGODB_URI" { return Redaction.uri(text) }
        return setting.isSecret ? Redaction.secret(text) : text
    }

    private static func json(_ findings: [Finding], _ values: SettingValues) -> JSON {
        [
            "checks": .array(findings.map { ["name": .string($0.name), "ok": .bool($0.isWell), "detail": .string($0.detail)] }),
            "settings": .object(JSONObject(Setting.all.map { .init(key: $0.name, value: .string(shown($0, values))) })),
        ]
    }
}
