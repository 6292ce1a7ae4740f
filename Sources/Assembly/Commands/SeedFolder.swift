import API
import Foundation
import Ingestion
import JSON
import Knowledge
import Yams

/// A brand's folder: `brand.yaml` and the documents beside it.
struct SeedFolder {
    let brand: Brand
    let uploads: [DocumentUpload]
    /// What nothing reads, in sentences.
    let warnings: [String]

    /// Marks documents that came from a seed folder, so that one that left the manifest can be removed.
    static let sourcePrefix = "seed:"

    /// - Throws: `StartError` naming the file and what is wrong with it.
    init(path: String, workspace: String, clock: any WallClock, documentText: DocumentText) async throws(StartError) {
        let manifestPath = path + "/brand.yaml"
        let manifest: Manifest
        do {
            let text = try String(contentsOfFile: manifestPath, encoding: .utf8)
            manifest = try YAMLDecoder().decode(Manifest.self, from: text)
            warnings = Manifest.unknownMembers(of: try YAMLDecoder().decode(YAMLValue.self, from: text).json)
                .map { "\(manifestPath): \($0)" }
        } catch let error as DecodingError {
            throw StartError(.failed, "\(manifestPath): \(Self.sentence(error))")
        } catch {
            throw StartError(.failed, "\(manifestPath) cannot be read: \(error.fileReason)")
        }
        guard Slug.isValidBrandID(manifest.id) else {
            throw StartError(.failed, "\(manifestPath): id has up to 64 lower-case letters, digits and hyphens, unlike \"\(manifest.id)\"")
        }
        if let wrong = manifest.documents.first(where: { !Slug.isValidID($0.id) }) {
            throw StartError(
                .failed, "\(manifestPath): a document's id has 1 to 128 letters, digits, hyphens and underscores, unlike \"\(wrong.id)\"")
        }
        let ids = manifest.documents.map(\.id)
        if let twice = ids.enumerated().first(where: { ids[..<$0.offset].contains($0.element) })?.element {
            throw StartError(.failed, "\(manifestPath): two documents have the id \"\(twice)\"")
        }
        var identity = Brand.Identity()
        if let given = manifest.identity {
            identity.voice = given.voice ?? ""
            identity.tone = given.tone ?? ""
            identity.values = given.values ?? []
            identity.audience = given.audience ?? ""
            identity.dos = given.dos ?? []
            identity.donts = given.donts ?? []
            identity.bannedTerms = given.bannedTerms ?? []
            identity.requiredTerms = given.requiredTerms ?? []
            identity.style = given.style ?? Brand.Style()
            identity.languages = given.languages ?? []
        }
        brand = Brand(
            key: BrandKey(workspace: workspace, brand: manifest.id), name: manifest.name, identity: identity,
            goals: manifest.goals ?? [], metadata: manifest.metadata?.json ?? [:], createdAt: clock.now, updatedAt: clock.now)
        var uploads: [DocumentUpload] = []
        for entry in manifest.documents { uploads.append(try await Self.upload(entry, folder: path, documentText)) }
        self.uploads = uploads
        for (name, metadata) in [("metadata", brand.metadata)] + uploads.map({ ("metadata of \($0.id ?? "")", $0.metadata) })
        where metadata.text.utf8.count > RequestLimits.metadataBytes {
            throw StartError(.failed, "\(manifestPath): \(name) has more than \(RequestLimits.metadataBytes) bytes as JSON")
        }
    }

    private static func upload(
        _ entry: Manifest.Entry, folder: String, _ documentText: DocumentText
    ) async throws(StartError) -> DocumentUpload {
        guard !entry.path.split(separator: "/").contains(".."), !entry.path.hasPrefix("/") else {
            throw StartError(.failed, "\(folder)/brand.yaml: \(entry.path) leaves the folder")
        }
        let formats: [String: Document.Format] = [
            "md": .markdown, "markdown": .markdown, "txt": .text, "html": .html, "htm": .html, "json": .json,
            "csv": .csv, "pdf": .pdf, "docx": .docx,
        ]
        guard let format = formats[entry.path.split(separator: ".").last?.lowercased() ?? ""] else {
            throw StartError(.failed, "\(folder)/\(entry.path): only .md, .txt, .html, .json, .csv, .pdf and .docx files can be ingested")
        }
        guard let kind = Document.Kind(rawValue: entry.kind ?? "other") else {
            throw StartError(.failed, "\(folder)/brand.yaml: \(entry.kind ?? "") is not a kind of document")
        }
        let content: String
        do {
            let bytes = try Data(contentsOf: URL(filePath: "\(folder)/\(entry.path)"))
            content = try await documentText.content(of: Array(bytes), format: format)
        } catch let error as UnreadableDocument {
            throw StartError(.failed, "\(folder)/\(entry.path): \(error.reason)")
        } catch ConversionError.unavailable(let reason) {
            throw StartError(.failed, "\(folder)/\(entry.path): \(reason)")
        } catch {
            throw StartError(.failed, "\(folder)/\(entry.path) cannot be read: \(error.fileReason)")
        }
        return DocumentUpload(
            id: entry.id, title: entry.title, kind: kind, format: format, content: content, source: sourcePrefix + entry.path,
            metadata: entry.metadata?.json ?? [:])
    }

    private static func sentence(_ error: DecodingError) -> String {
        switch error {
        case .keyNotFound(let key, let context):
            "\(place(context.codingPath + [key])) is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            context.codingPath.isEmpty
                ? "must have members such as id, name and documents" : "\(place(context.codingPath)) is of the wrong type"
        case .dataCorrupted(let context): "not valid YAML: \(context.debugDescription)"
        @unknown default: "cannot be read"
        }
    }

    /// Such as `documents[0].id`.
    private static func place(_ path: [any CodingKey]) -> String {
        path.reduce("") { text, key in text + (key.intValue.map { "[\($0)]" } ?? (text.isEmpty ? "" : ".") + key.stringValue) }
    }

    private struct Manifest: Decodable {
        /// The members of the whole, and of the objects in it.
        private static let known: [String: Set<String>] = [
            "": ["id", "name", "identity", "goals", "metadata", "documents"],
            "identity": [
                "voice", "tone", "values", "audience", "dos", "donts", "bannedTerms", "requiredTerms", "style", "languages",
            ],
            "identity.style": ["person", "maxEmoji", "maxHashtags", "maxSentenceWords", "maxReadingLevel"],
            "documents": ["id", "path", "kind", "title", "metadata"],
        ]

        /// Sentences about members that nothing reads: misspelled, most likely.
        static func unknownMembers(of value: JSON) -> [String] {
            let documents = (value["documents"]?.arrayValue ?? []).map { ("documents", $0) }
            let identity = value["identity"] ?? .null
            let objects = [("", value), ("identity", identity), ("identity.style", identity["style"] ?? .null)]
            return (objects + documents).flatMap { place, object in
                let known = known[place] ?? []
                return (object.objectValue?.keys ?? []).filter { !known.contains($0) }.map { key in
                    "\(place.isEmpty ? "" : place + ".")\(key) is not used; known are \(known.sorted().joined(separator: ", "))"
                }
            }
        }

        struct Identity: Decodable {
            var voice: String?
            var tone: String?
            var values: [String]?
            var audience: String?
            var dos: [String]?
            var donts: [String]?
            var bannedTerms: [String]?
            var requiredTerms: [String]?
            var style: Brand.Style?
            var languages: [String]?
        }

        struct Entry: Decodable {
            var id: String
            var path: String
            var kind: String?
            var title: String?
            var metadata: YAMLValue?
        }

        var id: String
        var name: String
        var identity: Identity?
        var goals: [String]?
        var metadata: YAMLValue?
        var documents: [Entry]
    }
}
