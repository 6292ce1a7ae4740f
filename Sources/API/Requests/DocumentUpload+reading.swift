import HTTPTypes
import Hummingbird
import Ingestion
import JSON
import Knowledge

/// What an upload's address says of the document: all of it for a raw body, and what a JSON body leaves out.
private struct UploadQuery {
    var title: String?
    var kind: Document.Kind?
    var source: String?
    /// Whether a body of type `application/json` is the document itself.
    var isRawJSON: Bool
    private let members: JSONObject

    /// - Throws: `Problem` naming each parameter that is unknown or wrong.
    init(_ request: Request) throws(Problem) {
        let faults = Faults()
        var members = JSONObject()
        for (name, value) in request.uri.queryParameters where name != "ticket" { members[String(name)] = .string(String(value)) }
        let fields = Fields(.object(members), known: ["title", "kind", "source", "format"], faults: faults)
        title = fields.text("title", limit: 300)
        kind = fields.choice("kind", of: Document.Kind.self)
        source = fields.text("source")
        let format = fields.text("format", limit: 64)
        isRawJSON = format == "json"
        if let format, format != "json" || request.mediaType != "application/json" {
            faults.add(
                JSONPointer.root.appending("format"), "can be json only, for a body of type application/json that is the document itself")
        }
        if request.mediaType == "multipart/form-data", !members.isEmpty {
            faults.add(.root, "a form's documents are described in the form, not in the address")
        }
        members["format"] = nil
        self.members = members
        try faults.check()
    }

    /// What the body says wins.
    func completing(_ body: JSON) -> JSON {
        guard var object = body.objectValue else { return body }
        for member in members where object[member.key] == nil { object[member.key] = member.value }
        return .object(object)
    }
}

extension DocumentUpload {
    /// - Throws: `Problem` when a form's address holds what belongs into the form.
    static func checkQuery(of request: Request) throws(Problem) { _ = try UploadQuery(request) }

    /// A document sent as JSON with its `content` inside, or as a raw body with its own content type.
    init(_ request: Request, id: String?, _ text: DocumentText) async throws {
        let query = try UploadQuery(request)
        guard request.mediaType == "application/json", !query.isRawJSON else {
            self = try await Self.raw(request, query, id: id, text)
            return
        }
        try self.init(query.completing(try await request.json()), id: id)
    }

    /// Of an object with the `content` inside.
    ///
    /// - Throws: `Problem` with everything that is wrong.
    init(_ value: JSON, id: String?) throws {
        let faults = Faults()
        let known = ["title", "kind", "format", "content", "source", "metadata"]
        let fields = Fields(value, known: known, faults: faults)
        let format = fields.choice("format", of: Document.Format.self)
        if let format, !format.isText {
            faults.add(.root.appending("format"), "\(format.rawValue) is no text: send the file as the body, or in a form")
        }
        let upload = DocumentUpload(
            id: id, title: fields.text("title", limit: 300), kind: fields.choice("kind", of: Document.Kind.self) ?? .other,
            format: format ?? .markdown,
            content: fields.text("content", isRequired: true, limit: RequestLimits.jsonBytes) ?? "",
            source: fields.text("source") ?? "", metadata: fields.metadata())
        try faults.check()
        try Self.checkSize(upload.content.utf8.count, .root.appending("content"))
        self = upload
    }

    /// The body is the document; `title`, `kind` and `source` come in the query.
    private static func raw(_ request: Request, _ query: UploadQuery, id: String?, _ text: DocumentText) async throws -> DocumentUpload {
        guard let format = Document.Format.of(mediaType: request.mediaType, fileName: nil) else {
            throw unsupported(request.mediaType)
        }
        if let charset = request.charset, format.isText, !charsets(of: format).contains(charset) {
            throw Problem(.unsupportedMediaType, "the charset \(charset) is not read; send UTF-8")
        }
        let bytes = try await request.body(limit: limit(format))
        return DocumentUpload(
            id: id, title: query.title, kind: query.kind ?? .other, format: format, content: try await content(bytes, format, .root, text),
            source: query.source ?? "")
    }

    private static func charsets(of format: Document.Format) -> Set<String> {
        // As spreadsheets write it.
        let more: Set<String> = format == .csv ? ["utf-16", "utf-16le", "utf-16be"] : []
        return more.union(["utf-8", "utf8", "us-ascii"])
    }

    /// The files of a form, each a document; `kind` and `metadata` hold for all of them.
    static func uploads(of form: MultipartForm, _ documentText: DocumentText) async throws -> [DocumentUpload] {
        let faults = Faults()
        var shared = JSONObject()
        for part in form.parts where part.name != "file" {
            let value = try text(part.bytes, .root.appending(part.name))
            if part.name == "metadata" {
                do { shared["metadata"] = try JSON(parsing: value, maximumDepth: RequestLimits.depth) } catch {
                    faults.add(JSONPointer.root.appending("metadata"), "is not valid JSON: \(error)")
                }
            } else {
                shared[part.name] = .string(value)
            }
        }
        let fields = Fields(.object(shared), known: ["kind", "metadata"], faults: faults)
        let (kind, metadata) = (fields.choice("kind", of: Document.Kind.self) ?? .other, fields.metadata())
        let files = form.parts.filter { $0.name == "file" }
        if files.isEmpty { faults.add(JSONPointer.root.appending("file"), "is missing: send at least one file") }
        try faults.check()
        var uploads: [DocumentUpload] = []
        for (index, file) in files.enumerated() {
            let pointer = JSONPointer.root.appending("file").appending(index)
            guard let format = Document.Format.of(mediaType: file.contentType ?? "text/plain", fileName: file.fileName) else {
                throw unsupported(file.contentType ?? file.fileName)
            }
            try checkSize(file.bytes.count, pointer, limit(format))
            let content = try await content(Array(file.bytes), format, pointer, documentText)
            uploads.append(
                DocumentUpload(
                    kind: kind, format: format, content: content, source: String((file.fileName ?? "").unicodeScalars.suffix(2_000)),
                    metadata: metadata))
        }
        return uploads
    }

    private static func unsupported(_ what: String?) -> Problem {
        let known = Document.Format.allCases.flatMap(\.mediaTypes).joined(separator: ", ")
        return Problem(.unsupportedMediaType, "\(what ?? "a body without a content type") cannot be ingested; send \(known)")
    }

    private static func limit(_ format: Document.Format) -> Int {
        format.isText ? RequestLimits.contentBytes : RequestLimits.binaryBytes
    }

    private static func checkSize(_ bytes: Int, _ pointer: JSONPointer, _ limit: Int = RequestLimits.contentBytes) throws(Problem) {
        if bytes > limit { throw Problem(.tooLarge, "\(pointer.description) has \(bytes) bytes, more than \(limit)") }
    }

    private static func content(
        _ bytes: [UInt8], _ format: Document.Format, _ pointer: JSONPointer, _ text: DocumentText
    ) async throws -> String {
        do { return try await text.content(of: bytes, format: format) } catch let error as UnreadableDocument {
            throw Problem.invalid(pointer, error.reason)
        } catch ConversionError.unavailable(let reason) {
            throw Problem(.unsupportedMediaType, reason)
        } catch ConversionError.busy {
            var problem = Problem(.unavailable, "many files are being read; come again in some seconds")
            problem.headers = [(.retryAfter, "5")]
            throw problem
        }
    }

    private static func text(_ bytes: ArraySlice<UInt8>, _ pointer: JSONPointer) throws(Problem) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw Problem.invalid(pointer, "is not valid UTF-8") }
        guard !text.utf8.contains(0) else { throw Problem.invalid(pointer, "holds a NUL character") }
        return text
    }
}
