import Connectors
import Console
import Generation
import HTTPTypes
import Hummingbird
import Ingestion
import JSON
import Knowledge
import NIOCore
import Operations
import Telemetry

/// What the service says of itself.
struct ServiceRoutes: Sendable {
    let dependencies: APIDependencies

    func add(to routes: inout RouteTable) {
        routes.on(.get, "/") { request, _ in console(request) }
        // Liveness must not wait for anything.
        routes.on(.get, "/healthz") { _, _ in Answer.json(["status": "ok"]) }
        routes.on(.get, "/readyz") { _, _ in
            guard dependencies.readiness.isReady else { throw Problem(.unavailable, "the service is starting") }
            guard await !dependencies.runner.isDraining else { throw Problem(.unavailable, "the service is stopping") }
            try await dependencies.health.check()
            return Answer.json(["status": "ready"])
        }
        routes.on(.get, "/metrics") { _, _ in
            Response(
                status: .ok, headers: [.contentType: Metrics.contentType],
                body: .init(byteBuffer: ByteBuffer(string: await dependencies.metrics())))
        }
        routes.on(.get, "/v1/capabilities") { _, _ in Answer.json(await capabilities) }
        routes.on(.get, "/openapi.json") { _, _ in
            Response(
                status: .ok, headers: [.contentType: "application/json"],
                body: .init(byteBuffer: ByteBuffer(bytes: PackageResources.openapi_json)))
        }
    }

    private func console(_ request: Request) -> Response {
        let document = ConsolePage.document(needsKey: !dependencies.keyRing.isOpen)
        var headers: HTTPFields = [
            .contentType: "text/html; charset=utf-8", .contentSecurityPolicy: ConsolePage.contentSecurityPolicy,
            .xContentTypeOptions: "nosniff", .referrerPolicy: "no-referrer", .cacheControl: "no-cache", .vary: "Accept-Encoding",
            .eTag: document.entityTag,
        ]
        if request.headers[.ifNoneMatch] == document.entityTag { return Response(status: .notModified, headers: headers) }
        let encodings = AcceptHeader(request.headers[.acceptEncoding] ?? "")
        guard let gzip = document.gzip, encodings.best(of: ["gzip"]) != nil else {
            return Response(status: .ok, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: document.bytes)))
        }
        headers[.contentEncoding] = "gzip"
        return Response(status: .ok, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: gzip)))
    }

    var capabilities: JSON {
        get async {
            let reason = await dependencies.databaseSearch.unavailability()
            var vectorSearch: JSONObject = ["available": .bool(reason == nil)]
            vectorSearch["reason"] = reason.map(JSON.string)
            return capabilities(vectorSearch: .object(vectorSearch))
        }
    }

    private func capabilities(vectorSearch: JSON) -> JSON {
        [
            "platforms": .array(
                dependencies.connectors.all.map { connector in
                    [
                        "id": .string(connector.id),
                        "contentTypes": .array(connector.rules.contentTypes.map { ["id": .string($0.id), "limits": $0.limits] }),
                    ]
                }),
            "formats": .array(
                Document.Format.allCases.map { format in
                    var object: JSONObject = ["id": .string(format.rawValue), "mediaTypes": JSON(format.mediaTypes)]
                    let reason = dependencies.documentText.unavailability(of: format)
                    object["available"] = .bool(reason == nil)
                    object["reason"] = reason.map(JSON.string)
                    return .object(object)
                }),
            "search": [
                "modes": JSON(PassageQuery.Mode.allCases.map(\.rawValue)),
                "vectorSearch": vectorSearch,
            ],
            "models": [
                "embeddings": JSON(dependencies.modelNames[.embedding]), "language": JSON(dependencies.modelNames[.language]),
                "images": JSON(dependencies.modelNames[.image]),
            ],
            "limits": [
                "jsonBytes": JSON(RequestLimits.jsonBytes), "documentBytes": JSON(RequestLimits.contentBytes),
                "binaryDocumentBytes": JSON(RequestLimits.binaryBytes),
                "metadataBytes": JSON(RequestLimits.metadataBytes), "formBytes": JSON(RequestLimits.formBytes),
                "mediaBytes": JSON(RequestLimits.mediaBytes),
                "jsonDepth": JSON(RequestLimits.depth), "searchLimit": 50,
                "plan": ["days": JSON(PlanRequest.days.upperBound), "posts": JSON(PlanRequest.posts.upperBound)],
            ],
        ]
    }
}

extension Document.Format {
    var mediaTypes: [String] {
        switch self {
        case .markdown: ["text/markdown", "text/x-markdown"]
        case .text: ["text/plain"]
        case .html: ["text/html", "application/xhtml+xml"]
        case .json: ["application/json"]
        case .csv: ["text/csv"]
        case .pdf: ["application/pdf"]
        case .docx: ["application/vnd.openxmlformats-officedocument.wordprocessingml.document"]
        }
    }

    /// The format of a raw upload or a form's file; the file name decides where the type says little, or is none that is
    /// known: systems disagree about CSV and Markdown.
    static func of(mediaType: String?, fileName: String?) -> Document.Format? {
        if let type = mediaType, type != "text/plain", let format = allCases.first(where: { $0.mediaTypes.contains(type) }) {
            return format
        }
        switch fileName?.split(separator: ".").last?.lowercased() {
        case "md", "markdown": return .markdown
        case "html", "htm": return .html
        case "json": return .json
        case "txt": return .text
        case "csv": return .csv
        case "pdf": return .pdf
        case "docx": return .docx
        default: return mediaType == "text/plain" ? .text : nil
        }
    }
}

extension HTTPField.Name {
    fileprivate static let referrerPolicy = Self("Referrer-Policy")!
}
