import HTTPTypes
import JSON

extension RequestLog.Snapshot {
    /// The report of `GET /_sim/requests` as JSON text; bodies are copied as they came.
    var report: [UInt8] {
        var bytes = Array(#"{"items":["#.utf8)
        for (index, entry) in entries.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            entry.write(into: &bytes)
        }
        let sums: JSONObject = [
            "counts": .object(JSONObject(counts.sorted { $0.key < $1.key }.map { .init(key: $0.key, value: JSON($0.value)) })),
            "inFlight": JSON(inFlight), "peakInFlight": JSON(peakInFlight),
        ]
        bytes += "],".utf8
        bytes += JSON.object(sums).utf8Bytes.dropFirst()
        return bytes
    }
}

extension RequestLog.Entry {
    fileprivate func write(into bytes: inout [UInt8]) {
        let head: JSON = [
            "index": JSON(index), "path": .string(path), "model": JSON(model), "startedAt": .integer(startedAt),
            "finishedAt": finishedAt.map(JSON.integer) ?? .null, "outcome": JSON(outcome?.description), "headers": shownHeaders,
        ]
        head.write(into: &bytes)
        bytes.removeLast()
        bytes += #","body":"#.utf8
        switch body {
        case .json(let text): bytes += text
        case .other(let text): JSON.write(String(decoding: text, as: UTF8.self), into: &bytes)
        case .tooLarge(let count): (["note": .string("A body of \(count) bytes is not kept.")] as JSON).write(into: &bytes)
        }
        bytes.append(UInt8(ascii: "}"))
    }

    private var shownHeaders: JSON {
        var shown = JSONObject()
        for field in headers where field.name != .authorization {
            let earlier = shown[field.name.canonicalName]?.stringValue.map { $0 + ", " } ?? ""
            shown[field.name.canonicalName] = .string(earlier + field.value)
        }
        return .object(shown)
    }
}

extension RequestLog.Outcome: CustomStringConvertible {
    var description: String {
        switch self {
        case .answered: "answered"
        case .clientGone: "clientGone"
        case .fault(let name): "fault:\(name)"
        }
    }
}
