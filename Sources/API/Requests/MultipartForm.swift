import JSON

/// A `multipart/form-data` body (RFC 7578) taken apart.
struct MultipartForm {
    struct Part {
        var name: String
        var fileName: String?
        var contentType: String?
        var bytes: ArraySlice<UInt8>
    }

    private(set) var parts: [Part] = []
    private static let partLimit = 200
    /// Bytes of a part's headers.
    private static let headLimit = 8 << 10

    /// - Throws: `Problem` `malformedRequest` naming what is wrong.
    init(_ bytes: [UInt8], contentType: String) throws(Problem) {
        func malformed(_ detail: String) -> Problem { Problem(.malformedRequest, "the form is malformed: \(detail)") }
        guard let boundary = Self.parameter("boundary", of: contentType), (1...70).contains(boundary.utf8.count) else {
            throw malformed("the content type names no boundary")
        }
        let delimiter = Array("--\(boundary)".utf8)
        guard var position = Self.find(delimiter, in: bytes, from: 0) else { throw malformed("the boundary does not occur") }
        while true {
            position += delimiter.count
            if bytes[position...].starts(with: Array("--".utf8)) { return }
            guard let headStart = Self.skipLineBreak(bytes, position) else { throw malformed("no line break after the boundary") }
            guard let headEnd = Self.find(Array("\r\n\r\n".utf8), in: bytes, from: headStart - 2) else {
                throw malformed("a part has no end of headers")
            }
            guard headEnd - headStart <= Self.headLimit else { throw malformed("a part's headers have more than \(Self.headLimit) bytes") }
            let bodyStart = headEnd + 4
            guard let next = Self.find([13, 10] + delimiter, in: bytes, from: bodyStart) else {
                throw malformed("the closing boundary is missing")
            }
            guard parts.count < Self.partLimit else { throw malformed("more than \(Self.partLimit) parts") }
            parts.append(try Self.part(head: bytes[headStart..<max(headStart, headEnd)], body: bytes[bodyStart..<next]))
            position = next + 2
        }
    }

    private static func part(head: ArraySlice<UInt8>, body: ArraySlice<UInt8>) throws(Problem) -> Part {
        guard let text = String(validating: head, as: UTF8.self) else {
            throw Problem(.malformedRequest, "the form is malformed: a part's headers are not UTF-8")
        }
        var part = Part(name: "", bytes: body)
        for line in text.split(separator: "\r\n") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let value = String(line[line.index(after: colon)...].drop { $0 == " " })
            switch line[..<colon].lowercased() {
            case "content-disposition":
                part.name = parameter("name", of: value).map(unescaped) ?? ""
                part.fileName = parameter("filename", of: value).map(unescaped)
            case "content-type": part.contentType = value.split(separator: ";").first.map { $0.lowercased().filter { $0 != " " } }
            default: break
            }
        }
        guard !part.name.isEmpty else { throw Problem(.malformedRequest, "the form is malformed: a part has no name") }
        return part
    }

    /// What browsers do not leave as it is in quotes (WHATWG HTML, multipart/form-data encoding).
    private static func unescaped(_ text: String) -> String {
        text.replacing("%22", with: "\"").replacing("%0D", with: "\r").replacing("%0A", with: "\n")
    }

    /// A header's parameter, quoted or not; in quotes a semicolon is none, and `\"` a quotation mark.
    static func parameter(_ name: String, of header: String) -> String? {
        var rest = header[...]
        while let semicolon = rest.firstIndex(of: ";") {
            rest = rest[semicolon...].dropFirst()
            let key = rest.prefix { $0 != "=" && $0 != ";" }
            rest = rest[key.endIndex...]
            guard rest.first == "=" else { continue }
            rest.removeFirst()
            let value = takeValue(&rest)
            if trimmed(key).lowercased() == name { return value }
        }
        return nil
    }

    private static func takeValue(_ rest: inout Substring) -> String {
        rest = rest.drop { $0 == " " }
        guard rest.first == "\"" else {
            let token = rest.prefix { $0 != ";" }
            rest = rest[token.endIndex...]
            return trimmed(token)
        }
        rest.removeFirst()
        var text = ""
        while let next = rest.popFirst(), next != "\"" {
            text.append(next == "\\" && rest.first == "\"" ? rest.removeFirst() : next)
        }
        return text
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text.drop { $0 == " " }
        while text.last == " " { text.removeLast() }
        return String(text)
    }

    private static func skipLineBreak(_ bytes: [UInt8], _ position: Int) -> Int? {
        guard position + 1 < bytes.count, bytes[position] == 13, bytes[position + 1] == 10 else { return nil }
        return position + 2
    }

    private static func find(_ needle: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
        guard start >= 0, bytes.count - start >= needle.count else { return nil }
        var index = start
        while index <= bytes.count - needle.count {
            if bytes[index] == needle[0], bytes[index..<index + needle.count].elementsEqual(needle) { return index }
            index += 1
        }
        return nil
    }
}
