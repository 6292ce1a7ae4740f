import HTTPTypes
import Hummingbird
import Ingestion
import JSON
import Knowledge

extension DocumentUpload {
    /// A document sent as JSON with its `content` inside, or as a raw body with its own content type.
    init(_ request: Request, id: String?) async throws {
        let parameters = request.uri.queryParameters
        guard request.mediaType == "application/json", parameters["format"] != "json" else {
            self = try await Self.raw(request, id: id)
            return
        }
        let faults = Faults()
        let value = try await request.json()
        let known = ["title", "kind", "format", "content", "source", "metadata"]
        let fields = Fields(value, known: known, faults: faults)
        let format = fields.choice("format", of: Document.Format.self)
        let upload = DocumentUpload(
            id: id, title: fields.text("title", limit: 300), kind: fields.choice("kind", of: Document.Kind.self) ?? .other,
            format: format ?? .markdown,
            content: fields.text("content", isRequired: true, limit: RequestLimits.contentBytes) ?? "",
            source: fields.text("source") ?? "", metadata: fields.metadata())
        try faults.check()
        try Self.checkSize(upload.content.utf8.count, .root.appending("content"))
        self = upload
    }

    /// The body is the document; `title`, `kind` and `source` come in the query.
    private static func raw(_ request: Request, id: String?) async throws -> DocumentUpload {
        guard let format = Document.Format.of(mediaType: request.mediaType, fileName: nil) else {
            throw unsupported(request.mediaType)
        }
        let faults = Faults()
        var members = JSONObject()
        for (name, value) in request.uri.queryParameters where name != "format" { members[String(name)] = .string(String(value)) }
        let fields = Fields(.object(members), known: ["title", "kind", "source"], faults: faults)
        let kind = fields.choice("kind", of: Document.Kind.self) ?? .other
        let (title, source) = (fields.text("title", limit: 300), fields.text("source") ?? "")
        try faults.check()
        let bytes = try await request.body(limit: RequestLimits.contentBytes)
        return DocumentUpload(
            id: id, title: title, kind: kind, format: format, content: try text(bytes[...], .root), source: source)
    }

    /// The files of a form, each a document; `kind` and `metadata` hold for all of them.
    static func uploads(of form: MultipartForm) throws(Problem) -> [DocumentUpload] {
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
            guard let format = Document.Format.of(mediaType: file.contentType, fileName: file.fileName) else {
                throw unsupported(file.contentType ?? file.fileName)
            }
            try checkSize(file.bytes.count, pointer)
            uploads.append(
                DocumentUpload(
                    kind: kind, format: format, content: try text(file.bytes, pointer), source: file.fileName ?? "", metadata: metadata))
        }
        return uploads
    }

    private static func unsupported(_ what: String?) -> Problem {
        let known = Document.Format.allCases.flatMap(\.mediaTypes).joined(separator: ", ")
        return Problem(.unsupportedMediaType, "\(what ?? "a body without a content type") cannot be ingested; send \(known)")
    }

    private static func checkSize(_ bytes: Int, _ pointer: JSONPointer) throws(Problem) {
        if bytes > RequestLimits.contentBytes {
            throw Problem(.tooLarge, "\(pointer.description) has \(bytes) bytes, more than \(RequestLimits.contentBytes)")
        }
    }

    private static func text(_ bytes: ArraySlice<UInt8>, _ pointer: JSONPointer) throws(Problem) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw Problem.invalid(pointer, "is not valid UTF-8") }
        guard !text.utf8.contains(0) else { throw Problem.invalid(pointer, "holds a NUL character") }
        return text
    }
}
