import JSON
import Tracing

/// Values of OTLP's JSON mapping.
///
/// Source: OpenTelemetry protocol specification 1.x, "OTLP/HTTP", JSON Protobuf encoding.
enum OTLP {
    static func attributes(_ attributes: SpanAttributes) -> JSON {
        var list: [JSON] = []
        attributes.forEach { name, value in
            if let value = self.value(value) { list.append(["key": .string(name), "value": value]) }
        }
        return .array(list)
    }

    private static func value(_ attribute: SpanAttribute) -> JSON? {
        switch attribute {
        case .int32(let value): integer(Int64(value))
        case .int64(let value): integer(value)
        case .double(let value): ["doubleValue": .number(value)]
        case .bool(let value): ["boolValue": .bool(value)]
        case .string(let value): string(value)
        case .stringArray(let values): ["arrayValue": ["values": .array(values.map(string))]]
        case .stringConvertible(let value): string(value.description)
        default: nil
        }
    }

    private static func string(_ value: String) -> JSON { ["stringValue": .string(value)] }
    /// 64-bit numbers are strings in the mapping.
    private static func integer(_ value: Int64) -> JSON { ["intValue": .string(String(value))] }

    /// A request to `/v1/traces`.
    static func request(_ spans: [JSON], resource: [(String, String)]) -> JSON {
        [
            "resourceSpans": [
                [
                    "resource": ["attributes": .array(resource.map { ["key": .string($0.0), "value": string($0.1)] })],
                    "scopeSpans": [["scope": ["name": "postwright"], "spans": .array(spans)]],
                ]
            ]
        ]
    }
}
