import JSON

/// A JSON Schema made ready for filling: alternatives chosen, bounds read, enums of element ids recognised.
indirect enum SchemaShape {
    case object([Property])
    case array(SchemaShape, least: Int, most: Int?)
    case string(StringBounds)
    case choice([JSON], site: Int, citesElements: Bool)
    case constant(JSON)
    case integer(ClosedRange<Int>)
    case number(ClosedRange<Double>)
    case boolean
    case null

    struct Property {
        var name: String
        var shape: SchemaShape
    }

    struct StringBounds {
        var least = 0
        var most: Int?
        var format: String?
    }

    /// Whether somewhere below an element of the prompt is chosen.
    var citesElements: Bool {
        switch self {
        case .choice(_, _, let cites): cites
        case .array(let item, _, _): item.citesElements
        case .object(let properties): properties.contains { $0.shape.citesElements }
        default: false
        }
    }

    /// - Parameter isElement: whether a string is the id of an element of the prompt.
    init(_ schema: JSON, isElement: (String) -> Bool) {
        var sites = 0
        self = Self.shape(schema, sites: &sites, isElement: isElement)
    }

    /// No array or text grows past this, whatever the schema asks for.
    private static let ceiling = 20_000

    private static func shape(_ schema: JSON, sites: inout Int, isElement: (String) -> Bool) -> SchemaShape {
        if let alternatives = (schema["anyOf"] ?? schema["oneOf"])?.arrayValue, let first = alternatives.first {
            return shape(alternatives.first { $0["type"] != "null" } ?? first, sites: &sites, isElement: isElement)
        }
        if let constant = schema["const"] { return .constant(constant) }
        if let values = schema["enum"]?.arrayValue, !values.isEmpty {
            let cited = values.filter { $0.stringValue.map(isElement) ?? false }
            let present = values.filter { $0 != .null }
            sites += 1
            return .choice(
                !cited.isEmpty ? cited : present.isEmpty ? values : present, site: sites, citesElements: !cited.isEmpty)
        }
        switch typeName(of: schema) {
        case "object":
            let properties = schema["properties"]?.objectValue?.members ?? []
            return .object(properties.map { Property(name: $0.key, shape: shape($0.value, sites: &sites, isElement: isElement)) })
        case "array":
            let item = shape(schema["items"] ?? ["type": "string"], sites: &sites, isElement: isElement)
            return .array(item, least: count("minItems", of: schema) ?? 0, most: count("maxItems", of: schema))
        case "integer": return .integer(integerRange(of: schema))
        case "number": return .number(numberRange(of: schema))
        case "boolean": return .boolean
        case "null": return .null
        default:
            return .string(
                StringBounds(
                    least: count("minLength", of: schema) ?? 0, most: count("maxLength", of: schema),
                    format: schema["format"]?.stringValue))
        }
    }

    private static func typeName(of schema: JSON) -> String {
        switch schema["type"] {
        case .string(let name)?: name
        case .array(let names)?: names.compactMap(\.stringValue).first { $0 != "null" } ?? "null"
        default: schema["properties"] != nil ? "object" : schema["items"] != nil ? "array" : "string"
        }
    }

    private static func count(_ keyword: String, of schema: JSON) -> Int? {
        schema[keyword]?.integerValue.map { min(max(0, $0), ceiling) }
    }

    private static func integerRange(of schema: JSON) -> ClosedRange<Int> {
        let least = schema["minimum"]?.doubleValue.flatMap { Int(exactly: $0.rounded(.up)) }
        let most = schema["maximum"]?.doubleValue.flatMap { Int(exactly: $0.rounded(.down)) }
        let low = least ?? min(0, most ?? 0)
        return low...max(low, most ?? low.addingReportingOverflow(10).partialValue)
    }

    private static func numberRange(of schema: JSON) -> ClosedRange<Double> {
        let most = schema["maximum"]?.doubleValue
        let low = schema["minimum"]?.doubleValue ?? min(0, most ?? 0)
        return low...max(low, most ?? low + 1)
    }
}
