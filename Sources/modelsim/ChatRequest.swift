import JSON

/// The body of `POST /v1/chat/completions`, as far as the simulator heeds it.
struct ChatRequest {
    struct Message {
        var role: String
        /// All text parts, joined by line breaks.
        var text: String
        var pictures = 0
    }

    enum Format: Hashable {
        case text
        case anyObject
        case schema(JSON)
    }

    let model: String
    let messages: [Message]
    let format: Format
    let isStream: Bool
    let includesUsage: Bool
    let maximumTokens: Int?

    init(_ json: JSON) throws(APIError) {
        guard let model = json["model"]?.stringValue else { throw .missing("model") }
        guard let messages = json["messages"]?.arrayValue else { throw .missing("messages") }
        guard !messages.isEmpty else { throw .badRequest("'messages' must not be empty.", code: "empty_array") }
        self.model = model
        var read: [Message] = []
        for (index, message) in messages.enumerated() { read.append(try Self.message(message, index: index)) }
        self.messages = read
        format = try Self.format(json["response_format"])
        isStream = json["stream"]?.boolValue ?? false
        includesUsage = json["stream_options"]?["include_usage"]?.boolValue ?? false
        maximumTokens = try Self.maximumTokens(json)
    }

    var promptTokens: Int {
        messages.reduce(0) { $0 + 4 + TokenCount.tokens(in: $1.text) + $1.pictures * 85 }
    }

    /// Equal for equal messages and seeds, in every process.
    func fingerprint(seed: UInt64) -> UInt64 {
        var hash = StableHash()
        for message in messages {
            hash.combine(message.role)
            hash.combine(message.text)
            hash.combine(UInt64(message.pictures))
        }
        hash.combine(seed)
        return hash.value
    }

    private static func message(_ json: JSON, index: Int) throws(APIError) -> Message {
        guard let role = json["role"]?.stringValue else { throw .missing("messages[\(index)].role") }
        switch json["content"] {
        case .string(let text)?: return Message(role: role, text: text)
        case .null? where role == "assistant", nil where role == "assistant": return Message(role: role, text: "")
        case .array(let parts)?:
            var message = Message(role: role, text: "")
            for part in parts { try add(part, to: &message, index: index) }
            return message
        default: throw .missing("messages[\(index)].content")
        }
    }

    private static func add(_ part: JSON, to message: inout Message, index: Int) throws(APIError) {
        switch part["type"]?.stringValue {
        case "text"?:
            guard let text = part["text"]?.stringValue else { throw .missing("messages[\(index)].content.text") }
            message.text += message.text.isEmpty ? text : "\n" + text
        case "image_url"?:
            guard part["image_url"]?["url"]?.stringValue != nil else {
                throw .missing("messages[\(index)].content.image_url.url")
            }
            message.pictures += 1
        default: throw .badRequest("A part of messages[\(index)].content must be of type 'text' or 'image_url'.")
        }
    }

    private static func format(_ json: JSON?) throws(APIError) -> Format {
        guard let json, json != .null else { return .text }
        switch json["type"]?.stringValue {
        case "text"?: return .text
        case "json_object"?: return .anyObject
        case "json_schema"?:
            guard let description = json["json_schema"] else { throw .missing("response_format.json_schema") }
            guard description["name"]?.stringValue != nil else { throw .missing("response_format.json_schema.name") }
            guard let schema = description["schema"], schema.objectValue != nil else {
                throw .missing("response_format.json_schema.schema")
            }
            return .schema(schema)
        default: throw .badRequest("'response_format.type' must be 'text', 'json_object' or 'json_schema'.")
        }
    }

    private static func maximumTokens(_ json: JSON) throws(APIError) -> Int? {
        for name in ["max_completion_tokens", "max_tokens"] {
            guard let value = json[name], value != .null else { continue }
            guard let limit = value.integerValue, limit > 0 else {
                throw .badRequest("'\(name)' must be a whole number above 0.")
            }
            return limit
        }
        return nil
    }
}
