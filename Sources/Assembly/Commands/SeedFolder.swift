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

    /// Marks documents that came from a seed folder, so that one that left the manifest can be removed.
    static let sourcePrefix = "seed:"

    /// - Throws: `StartError` naming the file and what is wrong with it.
    init(path: String, workspace: String, clock: any WallClock, documentText: DocumentText) async throws(StartError) {
        let manifestPath = path + "/brand.yaml"
        let manifest: Manifest
        do {
            manifest = try YAMLDecoder().decode(Manifest.self, from: String(contentsOfFile: manifestPath, encoding: .utf8))
        } catch let error as DecodingError {
            throw StartError(.failed, "\(manifestPath): \(Self.sentence(error))")
        } catch {
            throw StartError(.failed, "\(manifestPath) cannot be read: \(error)")
        }
        guard Slug.isValidBrandID(manifest.id) else {
            throw StartError(.failed, "\(manifestPath): id has up to 64 lower-case letters, digits and hyphens, unlike \"\(manifest.id)\"")
        }
        if let wrong = manifest.documents.first(where: { !Slug.isValidID($0.id) }) {
            throw StartError(
                .failed, "\(manifestPath): a document's id has 1 to 128 letters, digits, hyphens and underscores, unlike \"\(wrong.id)\"")
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
            throw StartError(.failed, "\(folder)/\(entry.path) cannot be read: \(error.localizedDescription)")
        }
        return DocumentUpload(
            id: entry.id, title: entry.title, kind: kind, format: format, content: content, source: sourcePrefix + entry.path,
            metadata: entry.metadata?.json ?? [:])
    }

    private static func sentence(_ error: DecodingError) -> String {
        switch error {
        case .keyNotFound(let key, let context):
            "\((context.codingPath.map(\.stringValue) + [key.stringValue]).joined(separator: ".")) is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            "\(context.codingPath.map(\.stringValue).joined(separator: ".")) is of the wrong type"
        case .dataCorrupted(let context): "not valid YAML: \(context.debugDescription)"
        @unknown default: "cannot be read"
        }
    }

    private struct Manifest: Decodable {
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
