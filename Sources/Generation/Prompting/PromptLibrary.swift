package import Connectors

/// The prompts of a deployment: those in the binary, and in place of any a folder's file of the same name.
package struct PromptLibrary: Sendable {
    private let stages: [PromptStage: PromptTemplate]
    /// What a writer should know of each platform, by the platform's id.
    private let guidances: [String: PromptTemplate]

    /// - Throws: `PromptDefects` with everything that is wrong.
    package init(connectors: ConnectorRegistry, folder: String? = nil) throws {
        try self.init(connectors: connectors, overrides: folder.map { try PromptFile.files(in: $0) } ?? [])
    }

    init(connectors: ConnectorRegistry, overrides: [PromptFile]) throws {
        let own = Dictionary(Self.embedded(connectors).map { ($0.name, $0) }) { first, _ in first }
        let files = own.merging(overrides.map { ($0.name, $0) }) { $1 }
        let platforms = Set(connectors.ids)
        let partials = Dictionary(
            files.values.filter { $0.name.hasPrefix("_") && !platforms.contains(String($0.name.dropFirst())) }
                .map { (String($0.name.dropFirst()), $0) }
        ) { first, _ in first }

        var defects: [PromptDefect] = []
        func collect<Value>(_ body: () throws -> Value) throws -> Value? {
            do { return try body() } catch let error as PromptDefects {
                defects += error.defects.filter { !defects.contains($0) }
                return nil
            }
        }
        let known = PromptStage.allCases.map(\.rawValue)
        for file in overrides where !file.name.hasPrefix("_") && !known.contains(file.name) {
            let names = known.joined(separator: ", ")
            defects.append(
                PromptDefect(file: file.path, line: 1, detail: "no stage has this name; they are \(names). A partial's begins with _"))
        }
        for file in overrides where file.name.hasPrefix("_") && file.text.hasPrefix("---\n") {
            defects.append(PromptDefect(file: file.path, line: 1, detail: "a partial has no front matter"))
        }
        var stages: [PromptStage: PromptTemplate] = [:]
        for stage in PromptStage.allCases {
            guard let file = files[stage.rawValue] else { continue }
            stages[stage] = try collect { try PromptTemplate(file, stage.contract, partials: partials) }
        }
        var guidances: [String: PromptTemplate] = [:]
        for id in connectors.ids {
            guard let file = files["_" + id] else { continue }
            guidances[id] = try collect {
                try PromptTemplate(file, PromptStage.guidanceContract, partials: [:], hasFrontMatter: false)
            }
        }
        let used = stages.values.reduce(into: Set(guidances.keys.map { "_" + $0 })) { $0.formUnion($1.hashes.keys) }
        for file in overrides where defects.isEmpty && file.name.hasPrefix("_") && !used.contains(file.name) {
            let detail = "no prompt uses this partial, and no platform has its name (\(platforms.sorted().joined(separator: ", ")))"
            defects.append(PromptDefect(file: file.path, line: 1, detail: detail))
        }
        guard defects.isEmpty else {
            throw PromptDefects(defects: defects.sorted { ($0.file, $0.line) < ($1.file, $1.line) })
        }
        self.stages = stages
        self.guidances = guidances
    }

    subscript(stage: PromptStage) -> PromptTemplate {
        // Every stage has a prompt in the binary, and the initializer throws when one cannot be used.
        stages[stage]!
    }

    /// SHA-256 of every file in use, by its name.
    var hashes: [String: String] {
        (Array(stages.values) + Array(guidances.values)).reduce(into: [:]) { $0.merge($1.hashes) { first, _ in first } }
    }

    func guidance(for platform: String) -> PromptTemplate { guidances[platform]! }

    /// The prompts of the binary: a file for each stage, a partial for each platform.
    package static func embeddedTexts(_ connectors: ConnectorRegistry) -> [(name: String, text: String)] {
        embedded(connectors).map { ($0.name + "." + PromptFile.fileExtension, $0.text) }
    }

    private static func embedded(_ connectors: ConnectorRegistry) -> [PromptFile] {
        let files: [(String, [UInt8])] = [
            ("pillars", PackageResources.pillars_prompt), ("distribution", PackageResources.distribution_prompt),
            ("post", PackageResources.post_prompt), ("repair", PackageResources.repair_prompt),
            ("media", PackageResources.media_prompt), ("picture", PackageResources.picture_prompt),
            ("context", PackageResources.context_prompt),
            ("_evidence", PackageResources._evidence_prompt),
        ]
        return files.map { PromptFile(name: $0.0, text: String(decoding: $0.1, as: UTF8.self)) }
            + connectors.all.map { PromptFile(name: "_" + $0.id, text: $0.guidance) }
    }
}
