package import JSON

extension BSONValue {
    /// A JSON value as BSON: whole numbers become int64, others double.
    package init(_ json: JSON) {
        self =
            switch json {
            case .null: .null
            case .bool(let value): .bool(value)
            case .integer(let value): .int64(value)
            case .number(let value): .double(value)
            case .string(let value): .string(value)
            case .array(let elements): .array(elements.map(BSONValue.init))
            case .object(let object): .document(BSONDocument(object.map { ($0.key, BSONValue($0.value)) }))
            }
    }
}

extension JSON {
    /// The JSON value that `BSONValue.init` made this of; other types become relaxed extended JSON.
    package init(_ value: BSONValue) { self = value.relaxedExtendedJSON }
}
