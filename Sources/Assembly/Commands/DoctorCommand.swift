import Foundation
import Ingestion
import JSON
import Knowledge
import ModelClients
import MongoStore

extension Services {
    /// One dependency and whether it works.
    private struct Finding: Sendable {
        var name: String
        var isWell: Bool
        var detail: String
    }

    /// Asks every dependency for a small thing, and prints what it found and the effective settings.
    ///
    /// - Returns: whether all is well.
    package func doctor(_ values: SettingValues, asJSON: Bool) async -> Bool {
        let probe = ModelProbe(embeddings: embeddings, model: model)
        let findings = [
            await Self.finding("database") {
                try await stores.check()
                return "answers at \(Redaction.uri(settings.mongoURI))"
            },
            await Self.finding("embeddings") { "\(settings.embeddingModel): \(try await probe.embeddingDimensions()) dimensions" },
            await Self.finding("documents") {
                let missing = Document.Format.allCases.compactMap { documentText.unavailability(of: $0) }
                guard missing.isEmpty else { throw StartError(missing.joined(separator: "; ")) }
                return "every format can be read"
            },
            await Self.finding("language model") { "\(try await probe.languageModel()) answers in JSON Schema" },
        ]
        if asJSON {
            Console.print(Self.json(findings, values).prettyText)
        } else {
            for finding in findings { Console.print("\(finding.isWell ? "✓" : "✗") \(finding.name): \(finding.detail)") }
            Console.print("\nSettings:")
            for setting in Setting.all { Console.print("  \(setting.name)=\(Self.shown(setting, values))") }
        }
        return findings.allSatisfy(\.isWell)
    }

    private static func finding(_ name: String, _ check: () async throws -> String) async -> Finding {
        do {
            return Finding(name: name, isWell: true, detail: try await check())
        } catch {
            let detail =
                switch error {
                case StoreError.unavailable: "does not answer; check MONGODB_URI, or start it"
                case let error as ModelError: "\(error)\(error.detail.isEmpty ? "" : ": \(error.detail)")"
                default: "\(error)"
                }
            return Finding(name: name, isWell: false, detail: detail)
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
