import Foundation
import HTTPTypes
import Hummingbird
import JSON
import Knowledge
import NIOCore

/// How much a request may carry.
package enum RequestLimits {
    static let jsonBytes = 8 << 20
    static let contentBytes = 4 << 20
    /// PDF and DOCX, of which text is made.
    static let binaryBytes = 16 << 20
    static let formBytes = 32 << 20
    static let mediaBytes = 20 << 20
    static let depth = 32
    /// Of a brand's or a document's metadata as JSON: each search of the brand has them at hand.
    package static let metadataBytes = 64 << 10
}

extension Request {
    /// The whole body; a declared length over the limit is refused before a byte is read.
    func body(limit: Int) async throws -> [UInt8] {
        func tooLarge() -> Problem { Problem(.tooLarge, "the body is larger than \(limit) bytes") }
        if let declared = headers[.contentLength].flatMap({ Int($0) }), declared > limit { throw tooLarge() }
        var bytes: [UInt8] = []
        let share = BodyMemory.Share.current
        for try await buffer in body {
            guard bytes.count + buffer.readableBytes <= limit else { throw tooLarge() }
            try share?.take(buffer.readableBytes)
            bytes.append(contentsOf: buffer.readableBytesView)
        }
        return bytes
    }

    /// The body as JSON, sent as `application/json`.
    func json(limit: Int = RequestLimits.jsonBytes) async throws -> JSON {
        guard mediaType == "application/json" else {
            throw Problem(.unsupportedMediaType, "send the body as application/json")
        }
        let bytes = try await body(limit: limit)
        do {
            return try JSON(parsing: bytes, maximumDepth: RequestLimits.depth)
        } catch {
            throw Problem(.malformedRequest, "the body is not valid JSON: \(error)")
        }
    }

    /// The body as JSON; it can be read again.
    mutating func keptJSON() async throws -> JSON {
        let bytes = try await body(limit: RequestLimits.jsonBytes)
        body = RequestBody(buffer: ByteBuffer(bytes: bytes))
        let value = try await json()
        body = RequestBody(buffer: ByteBuffer(bytes: bytes))
        return value
    }

    /// Type and subtype of the content type, in lower case.
    var mediaType: String? {
        headers[.contentType]?.split(separator: ";").first.map { $0.filter { $0 != " " }.lowercased() }
    }

    /// What the content type says of the text's encoding, in small letters.
    var charset: String? {
        let parameters = headers[.contentType]?.split(separator: ";").dropFirst() ?? []
        for parameter in parameters {
            let parts = parameter.split(separator: "=", maxSplits: 1).map { $0.filter { $0 != " " && $0 != "\"" }.lowercased() }
            if parts.count == 2, parts[0] == "charset" { return parts[1] }
        }
        return nil
    }

    /// The seconds of `Prefer: wait`, at most 60; nil without one.
    var preferredWait: Int? { PreferHeader.wait(headers[values: .prefer]) }

    /// `limit` and `cursor` of a list.
    func page(besides others: Set<String> = []) throws(Problem) -> PageRequest {
        let faults = Faults()
        var page = PageRequest()
        let known = (others.sorted() + ["limit", "cursor"]).joined(separator: ", ")
        for (name, value) in uri.queryParameters {
            switch name {
            case "ticket": break
            case _ where others.contains(String(name)): break
            case "limit":
                if let limit = Int(value), (1...200).contains(limit) {
                    page.limit = limit
                } else {
                    faults.add(JSONPointer.root.appending("limit"), "must be an integer between 1 and 200")
                }
            case "cursor":
                if Slug.isValidID(String(value)) {
                    page.after = String(value)
                } else {
                    faults.add(JSONPointer.root.appending("cursor"), "is not a cursor of this list")
                }
            default: faults.add(JSONPointer.root.appending(String(name)), "is not a known query parameter; known are \(known)")
            }
        }
        try faults.check()
        return page
    }
}

enum PreferHeader {
    /// The seconds of `wait` (RFC 7240 section 4.3), at most 60.
    static func wait(_ values: [String]) -> Int? {
        for preference in values.flatMap({ $0.split(separator: ",") }) {
            // Its parameters mean nothing here; a value may be quoted.
            let parts = preference.prefix { $0 != ";" }.split(separator: "=").map { $0.filter { $0 != " " && $0 != "\"" } }
            if parts.count == 2, parts[0].lowercased() == "wait", let seconds = Int(parts[1]), seconds >= 0 { return min(seconds, 60) }
        }
        return nil
    }
}

/// Ids that clients choose.
package enum Slug {
    /// Lower-case letters, digits and hyphens, at most 64, not beginning with a hyphen.
    package static func isValidBrandID(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count) && text.first != "-"
            && text.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 }
    }

    /// Letters, digits, hyphens and underscores, at most 128.
    package static func isValidID(_ text: String) -> Bool {
        (1...128).contains(text.utf8.count)
            && text.utf8.allSatisfy { (97...122).contains($0) || (65...90).contains($0) || (48...57).contains($0) || $0 == 45 || $0 == 95 }
    }
}

extension APIRequestContext {
    /// A part of the path, decoded (RFC 3986 section 6.2.2.2).
    func segment(_ name: String) -> String {
        let text = parameters.get(name) ?? ""
        return text.removingPercentEncoding ?? text
    }

    /// The brand of the path; an id that no brand can have is simply not found.
    func brandKey() throws -> BrandKey {
        let id = segment("brandId")
        let key = BrandKey(workspace: workspace, brand: id)
        guard Slug.isValidBrandID(id), principal.sees(key) else { throw Problem.notFound("brand") }
        return key
    }

    func id(_ name: String, of what: String) throws -> String {
        let id = segment(name)
        guard Slug.isValidID(id) else { throw Problem.notFound(what) }
        return id
    }
}
