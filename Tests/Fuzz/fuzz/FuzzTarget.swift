import Foundation
import JSON
import Knowledge
import Telemetry

@testable import API
@testable import BSON
@testable import Conversion
@testable import GraphQL
@testable import Ingestion
@testable import ModelClients

/// What strangers' bytes can reach, each with what must hold whatever they are.
enum FuzzTarget: String, CaseIterable {
    case json, bson, repair, events, graphql, documents, word, multipart, filters, headers

    nonisolated(unsafe) static var chosen = FuzzTarget.json

    func run(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        switch self {
        case .json:
            guard let value = try? JSON(parsing: bytes) else { return }
            require((try? JSON(parsing: value.utf8Bytes)) == value, "what is written is not what was read")
        case .bson:
            guard let document = try? BSONDocument(bytes: bytes) else { return }
            guard let written = try? document.bytes() else { return }
            require((try? BSONDocument(bytes: written).bytes()) == written, "what is written is not what was read")
        case .repair: _ = try? OutputRepair.parse(text)
        case .events: events(bytes)
        case .graphql: graphql(text)
        case .documents: documents(bytes, text)
        case .word: _ = try? WordDocument.markdown(of: bytes)
        case .multipart:
            guard let form = try? MultipartForm(bytes, contentType: "multipart/form-data; boundary=x") else { return }
            require(form.parts.allSatisfy { $0.bytes.count <= bytes.count }, "a part is larger than the form")
        case .filters:
            guard let value = try? JSON(parsing: bytes, maximumDepth: RequestLimits.depth) else { return }
            _ = PassageFilterReader(faults: Faults()).read(value, at: .root)
            _ = try? SearchRoutes.question(value)
        case .headers: headers(text)
        }
    }

    private func require(_ condition: Bool, _ what: String) {
        if !condition { fatalError(what) }
    }

    /// However the bytes are cut, the events are the same.
    private func events(_ bytes: [UInt8]) {
        var (whole, parts) = (EventStreamParser(), EventStreamParser())
        let expected = whole.feed(bytes)
        var found: [[UInt8]] = []
        let step = max(1, Int(bytes.first ?? 3) % 7 + 1)
        for start in stride(from: 0, to: bytes.count, by: step) {
            found += parts.feed(Array(bytes[start..<min(start + step, bytes.count)]))
        }
        require(whole.isOverlong || expected == found, "the events depend on how the bytes come")
    }

    private static let service = GraphQLService(schema: GraphQLAPI.schema, limits: GraphQLLimits()) { _, _, _ in }

    private func graphql(_ text: String) {
        _ = Self.service.prepare(GraphQLRequest(query: text, variables: ["id": "x", "first": 3]))
    }

    /// Every chunk is where its span says, for every format of text.
    private func documents(_ bytes: [UInt8], _ text: String) {
        let formats = [Document.Format.markdown, .text, .html, .json, .csv]
        let format = formats[Int(bytes.first ?? 0) % formats.count]
        let content = String(text.dropFirst())
        guard let parsed = try? format.parse(content) else { return }
        let length = content.unicodeScalars.count
        for piece in Chunker().cut(parsed, content: content) {
            require(0 <= piece.span.start && piece.span.start <= piece.span.end && piece.span.end <= length, "a span lies outside")
            require(!piece.text.isEmpty, "a chunk is empty")
            _ = InlineMarkup.plain(piece.text)
        }
    }

    private func headers(_ text: String) {
        _ = AcceptHeader(text).best(of: ["application/json", "text/event-stream"])
        _ = KeyToken(text)
        _ = InternetTime.seconds(text)
        _ = CalendarDay(text)
        _ = BillingMonth(text)
        if let trace = TraceContext(traceparent: text) {
            require(TraceContext(traceparent: trace.traceparent) == trace, "a traceparent is not what was read")
        }
    }
}
