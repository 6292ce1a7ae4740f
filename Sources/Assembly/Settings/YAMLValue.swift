import JSON

/// Any YAML value as JSON.
struct YAMLValue: Decodable {
    let json: JSON

    init(from decoder: any Decoder) throws {
        if try decoder.singleValueContainer().decodeNil() {
            json = .null
        } else if let object = try? decoder.singleValueContainer().decode([String: YAMLValue].self) {
            json = .object(JSONObject(object.sorted { $0.key < $1.key }.map { .init(key: $0.key, value: $0.value.json) }))
        } else if let list = try? decoder.singleValueContainer().decode([YAMLValue].self) {
            json = .array(list.map(\.json))
        } else {
            let container = try decoder.singleValueContainer()
            if let value = try? container.decode(Bool.self) {
                json = .bool(value)
            } else if let value = try? container.decode(Int64.self) {
                json = .integer(value)
            } else if let value = try? container.decode(Double.self) {
                guard value.isFinite else {
                    throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(value) is no number that JSON has")
                }
                json = .number(value)
            } else {
                json = .string(try container.decode(String.self))
            }
        }
    }
}
