import JSON
import Knowledge

// What the steps of a plan keep, as JSON.

extension ModelRequest {
    /// SHA-256 of everything that the answer is made from.
    var hash: String {
        let parameters = [
            model ?? "", fallbackModels?.joined(separator: ",") ?? "", temperature.map { "\($0)" } ?? "",
            maxOutputTokens.map { "\($0)" } ?? "", schemaName,
        ]
        return Digest.hexadecimal((parameters + [schema.json.text, messages.text]).joined(separator: "\u{1F}"))
    }
}

extension [ModelMessage] {
    /// All that they say, with their roles.
    fileprivate var text: String {
        map { message in
            let pictures = message.pictures.map { Digest.hexadecimal($0.bytes) }
            return ([message.role.rawValue, message.content] + pictures).joined(separator: "\n")
        }.joined(separator: "\u{1F}")
    }

    /// SHA-256 of what they say.
    var hash: String { Digest.hexadecimal(text) }
}

extension ModelAnswer {
    var json: JSON { ["value": value, "model": .string(model), "attempts": JSON(attempts)] }

    init(_ json: JSON, usage: Usage) {
        self.init(
            value: json["value"] ?? .null, model: json["model"]?.stringValue ?? "", usage: usage,
            attempts: json["attempts"]?.integerValue ?? 1)
    }
}

extension Evidence {
    var json: JSON { ["fence": .string(fence), "passages": .array(passages.map(\.json))] }

    init?(_ json: JSON) {
        guard let fence = json["fence"]?.stringValue, let passages = json["passages"]?.arrayValue else { return nil }
        self.init(passages.compactMap(Post.Source.init), fence: fence)
    }
}

extension Post.Source {
    var json: JSON {
        var object: JSONObject = [
            "chunk": .string(chunkID), "document": .string(documentID), "title": .string(documentTitle), "headings": JSON(headingPath),
            "text": .string(text),
        ]
        object["around"] = around.map(JSON.string)
        return .object(object)
    }

    init?(_ json: JSON) {
        guard let chunk = json["chunk"]?.stringValue, let document = json["document"]?.stringValue, let text = json["text"]?.stringValue
        else { return nil }
        self.init(
            chunkID: chunk, documentID: document, documentTitle: json["title"]?.stringValue ?? "",
            headingPath: json["headings"]?.arrayValue?.compactMap(\.stringValue) ?? [], text: text)
        around = json["around"]?.stringValue
    }
}
