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
        let messages = messages.map { "\($0.role.rawValue)\n\($0.content)" }
        return Digest.hexadecimal((parameters + [schema.json.text] + messages).joined(separator: "\u{1F}"))
    }
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
        self.init(passages.compactMap(Passage.init), fence: fence)
    }
}

extension Passage {
    fileprivate var json: JSON {
        [
            "chunk": .string(chunkID), "document": .string(documentID), "title": .string(documentTitle), "headings": JSON(headingPath),
            "text": .string(text), "start": JSON(span.start), "end": JSON(span.end), "score": .number(score),
        ]
    }

    fileprivate init?(_ json: JSON) {
        guard let chunk = json["chunk"]?.stringValue, let document = json["document"]?.stringValue, let text = json["text"]?.stringValue,
            let start = json["start"]?.integerValue, let end = json["end"]?.integerValue
        else { return nil }
        self.init(
            chunkID: chunk, documentID: document, documentTitle: json["title"]?.stringValue ?? "",
            headingPath: json["headings"]?.arrayValue?.compactMap(\.stringValue) ?? [], text: text,
            span: TextSpan(start: start, end: end), metadata: [:], score: json["score"]?.doubleValue ?? 0, vectorScore: nil,
            textScore: nil)
    }
}
