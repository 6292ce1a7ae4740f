import HTTPTypes
import Hummingbird
import Ingestion
import JSON
import Knowledge

extension DocumentUpload {
    /// A document sent as JSON with its `content` inside, or as a raw body with its own content type.
    init(_ request: Request, id: String?, _ text: DocumentText) async throws {
        let parameters = request.uri.queryParameters
        guard request.mediaType == "application/json", parameters["format"] != "json" else {
            self = try await Self.raw(request, id: id, text)
            return
        }
        try self.init(try await request.json(), id: id)
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
            content: fields.text("content", isRequired: true, limit: RequestLimits.contentBytes) ?? "",
            source: fields.text("source") ?? "", metadata: fields.metadata())
        try faults.check()
        try Self.checkSize(upload.content.utf8.count, .root.appending("content"))
        self = upload
    }

    /// The body is the document; `title`, `kind` and `source` come in the query.
    private static func raw(_ request: Request, id: String?, _ text: DocumentText) async throws -> DocumentUpload {
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
        let bytes = try await request.body(limit: limit(format))
        return DocumentUpload(
            id: id, title: title, kind: kind, format: format, content: try await content(bytes, format, .root, text), source: source)
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
            guard let format = Document.Format.of(mediaType: file.contentType, fileName: file.fileName) else {
                throw unsupported(file.contentType ?? file.fileName)
            }
            try checkSize(file.bytes.count, pointer, limit(format))
            let content = try await content(Array(file.bytes), format, pointer, documentText)
            uploads.append(
                DocumentUpload(kind: kind, format: format, content: content, source: file.fileName ?? "", metadata: metadata))
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
        }
    }

    private static func text(_ bytes: ArraySlice<UInt8>, _ pointer: JSONPointer) throws(Problem) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw Problem.invalid(pointer, "is not valid UTF-8") }
        guard !text.utf8.contains(0) else { throw Problem.invalid(pointer, "holds a NUL character") }
        return text
    }
}
