import Foundation
import LocalParts
import Testing

/// Who may import whom among the project's own targets; the design's table of layers.
private let allowedImports: [String: Set<String>] = [
    "JSON": [],
    "BSON": ["JSON"],
    "Mongo": ["BSON", "CMongo"],
    "Transfer": ["CCurl"],
    "Telemetry": ["JSON"],
    "GraphQL": ["JSON"],
    "GraphQLHTTP": ["GraphQL", "JSON"],
    "Knowledge": ["JSON"],
    "KnowledgeTesting": ["Knowledge", "JSON"],
    "MongoStore": ["Knowledge", "JSON", "BSON", "Mongo"],
    "ModelClients": ["Knowledge", "JSON", "Transfer", "Telemetry"],
    "Conversion": ["Knowledge", "CZlib"],
    "VectorIndex": ["Knowledge", "JSON", "CVector"],
    "Operations": ["Knowledge", "JSON", "Telemetry"],
    "Ingestion": ["Knowledge", "JSON", "Operations"],
    "Retrieval": ["Knowledge"],
    "Accounting": ["Knowledge", "JSON", "Telemetry"],
    "Webhooks": ["Knowledge", "JSON", "Telemetry"],
    "Console": ["CZlib"],
    "Connectors": ["Knowledge", "JSON"],
    "Generation": ["Knowledge", "JSON", "Telemetry", "Operations", "Connectors", "Retrieval"],
    "API": [
        "Knowledge", "JSON", "Telemetry", "Operations", "Connectors", "Retrieval", "Ingestion", "Generation", "Accounting", "Webhooks",
        "Console", "GraphQL",
        "GraphQLHTTP",
    ],
    "Assembly": [
        "Knowledge", "JSON", "Mongo", "MongoStore", "ModelClients", "Conversion", "VectorIndex", "Transfer", "Telemetry", "Ingestion",
        "Retrieval", "Generation", "Operations", "Connectors", "Accounting", "Webhooks", "API", "GraphQLHTTP",
    ],
    "postwright": ["Assembly"],
    "modelsim": ["JSON"],
]

private let cTargets: Set<String> = ["CMongo", "CCurl", "CVector", "CZlib"]

@Suite struct `The source tree` {
    private func files(under folder: String, suffix: String) throws -> [String] {
        let root = LocalParts.root + "/" + folder
        return try FileManager.default.subpathsOfDirectory(atPath: root).filter { $0.hasSuffix(suffix) }.map { root + "/" + $0 }
    }

    private func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

    @Test func `every target keeps to its layer's imports`() throws {
        let own = Set(allowedImports.keys).union(cTargets)
        let targets = try FileManager.default.contentsOfDirectory(atPath: LocalParts.root + "/Sources")
        #expect(Set(targets) == own, "a target without a rule, or a rule without a target")
        for (target, allowed) in allowedImports {
            for path in try files(under: "Sources/\(target)", suffix: ".swift") {
                for line in try text(path).split(separator: "\n") {
                    let words = line.split(separator: " ")
                    guard let place = words.firstIndex(of: "import"), place <= 1, place + 1 < words.count else { continue }
                    let module = String(words[place + 1])
                    guard own.contains(module) else { continue }
                    #expect(allowed.contains(module), "\(path) imports \(module)")
                }
            }
        }
    }

    @Test func `no source has what the rules ban`() throws {
        let banned = ["fatalError(", "try!", "nonisolated(unsafe)", "preconditionFailure(", "DispatchQueue", "bson_t("]
        for path in try files(under: "Sources", suffix: ".swift") {
            let text = try text(path)
            for call in banned { #expect(!text.contains(call), "\(path) has \(call)") }
            if text.contains("@unchecked Sendable") {
                let wrappers = ["/Sources/Mongo/", "/Sources/Transfer/", "/Sources/VectorIndex/RowMemory.swift"]
                #expect(wrappers.contains { path.contains($0) }, "\(path)")
            }
        }
    }

    @Test func `nobody but the composition reads the environment`() throws {
        for path in try files(under: "Sources", suffix: ".swift") where try text(path).contains("ProcessInfo.processInfo.environment") {
            #expect(path.hasSuffix("/Sources/postwright/Postwright.swift"), "\(path)")
        }
    }

    @Test func `links in the documentation lead somewhere`() throws {
        for name in ["README.md", "CONTRIBUTING.md", "SECURITY.md"] {
            for piece in try text(LocalParts.root + "/" + name).split(separator: "](").dropFirst() {
                let target = piece.prefix { $0 != ")" && $0 != "#" }
                guard !target.isEmpty, !target.hasPrefix("http") else { continue }
                #expect(FileManager.default.fileExists(atPath: LocalParts.root + "/" + target), "\(name) links to \(target)")
            }
        }
    }

    @Test func `the OpenAPI document has every route, and no other`() throws {
        var routes: Set<String> = []
        for path in try files(under: "Sources/API", suffix: ".swift") {
            for piece in try text(path).split(separator: "routes.on(.").dropFirst() {
                let parts = piece.split(separator: "\"", maxSplits: 2)
                routes.insert("\(parts[0].prefix { $0 != "," }) \(parts[1])")
            }
        }
        let data = try Data(contentsOf: URL(filePath: LocalParts.root + "/Sources/API/OpenAPI/openapi.json"))
        let document = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        let paths = try #require(document["paths"] as? [String: [String: Any]])
        #expect(routes == Set(paths.flatMap { path, methods in methods.keys.map { "\($0) \(path)" } }))
        #expect(routes.count > 20)
    }

    @Test func `the README lists every setting`() throws {
        let readme = try text(LocalParts.root + "/README.md")
        let settings = try text(LocalParts.root + "/Sources/Assembly/Settings/Setting.swift")
        let names = settings.split(separator: "Setting(\"").dropFirst().map { $0.prefix { $0 != "\"" } }
        #expect(names.count > 15)
        for name in names { #expect(readme.contains("`\(name)`"), "\(name)") }
    }
}
