package import JSON

extension BSONDocument {
    /// The document in relaxed extended JSON (MongoDB Extended JSON v2 specification).
    package var relaxedExtendedJSON: JSON {
        .object(JSONObject(elements.map { JSONObject.Member(key: $0.key, value: $0.value.relaxedExtendedJSON) }))
    }
}

extension BSONValue {
    /// The value in relaxed extended JSON: plain numbers where JSON has them, `$`-keyed objects elsewhere.
    package var relaxedExtendedJSON: JSON {
        switch self {
        case .double(let value): Self.extended(value)
        case .string(let value): .string(value)
        case .document(let value): value.relaxedExtendedJSON
        case .array(let values): .array(values.map(\.relaxedExtendedJSON))
        case .binary(let value):
            ["$binary": ["base64": .string(Base64.encode(value.bytes)), "subType": .string(Self.hex([value.subtype]))]]
        case .undefined: ["$undefined": true]
        case .objectID(let value): Self.extended(value)
        case .bool(let value): .bool(value)
        case .datetime(let value): Self.extended(datetime: value)
        case .null: .null
        case .regex(let pattern, let options):
            ["$regularExpression": ["pattern": .string(pattern), "options": .string(options)]]
        case .dbPointer(let namespace, let id): ["$dbPointer": ["$ref": .string(namespace), "$id": Self.extended(id)]]
        case .javascript(let code): ["$code": .string(code)]
        case .symbol(let value): ["$symbol": .string(value)]
        case .javascriptWithScope(let code, let scope): ["$code": .string(code), "$scope": scope.relaxedExtendedJSON]
        case .int32(let value): .integer(Int64(value))
        case .timestamp(let value):
            ["$timestamp": ["t": .integer(Int64(value.seconds)), "i": .integer(Int64(value.ordinal))]]
        case .int64(let value): .integer(value)
        case .decimal128(let value): ["$numberDecimal": .string(value.description)]
        case .minKey: ["$minKey": 1]
        case .maxKey: ["$maxKey": 1]
        }
    }

    private static func extended(_ value: Double) -> JSON {
        if value.isNaN { return ["$numberDouble": "NaN"] }
        if value.isInfinite { return ["$numberDouble": .string(value < 0 ? "-Infinity" : "Infinity")] }
        return .number(value)
    }

    private static func extended(_ id: BSONObjectID) -> JSON { ["$oid": .string(hex(id.bytes))] }

    /// ISO 8601 from 1970 to 9999, milliseconds elsewhere, as the specification asks.
    private static func extended(datetime milliseconds: Int64) -> JSON {
        guard (0..<253_402_300_800_000).contains(milliseconds) else {
            return ["$date": ["$numberLong": .string(String(milliseconds))]]
        }
        let date = CivilDate(daysSinceEpoch: milliseconds / 86_400_000)
        let time = milliseconds % 86_400_000
        func padded(_ value: Int64, _ width: Int) -> String {
            let digits = String(value)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        let clock = "\(padded(time / 3_600_000, 2)):\(padded(time / 60_000 % 60, 2)):\(padded(time / 1000 % 60, 2))"
        let fraction = time % 1000 == 0 ? "" : "." + padded(time % 1000, 3)
        return [
            "$date": .string("\(padded(date.year, 4))-\(padded(date.month, 2))-\(padded(date.day, 2))T\(clock)\(fraction)Z")
        ]
    }

    private static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}

/// A day of the proleptic Gregorian calendar.
private struct CivilDate {
    var year: Int64
    var month: Int64
    var day: Int64

    /// Howard Hinnant's `civil_from_days` ("chrono-Compatible Low-Level Date Algorithms"), for days from 1970 on.
    init(daysSinceEpoch days: Int64) {
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }
}
