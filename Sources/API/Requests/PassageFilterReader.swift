import JSON
import Knowledge

/// Reads a search's `filter`: an object whose keys must all hold, each with a scalar or an object of operators, which all must hold.
struct PassageFilterReader {
    let faults: Faults

    private static let conditionLimit = 20
    private static let pathLimit = 8

    func read(_ value: JSON, at pointer: JSONPointer) -> PassageFilter {
        guard let object = value.objectValue else {
            faults.add(pointer, "must be an object, not \(value.typeName)")
            return PassageFilter()
        }
        guard object.count <= Self.conditionLimit else {
            faults.add(pointer, "has \(object.count) conditions, more than \(Self.conditionLimit)")
            return PassageFilter()
        }
        var filter = PassageFilter()
        for member in object {
            let place = pointer.appending(member.key)
            guard let field = field(member.key, at: place) else { continue }
            filter.conditions += comparisons(member.value, at: place).map { found in
                .init(field: field, comparison: prepared(found.comparison, field, at: found.place))
            }
        }
        return filter
    }

    private func field(_ key: String, at pointer: JSONPointer) -> PassageFilter.Field? {
        switch key {
        case "kind": return .kind
        case "documentId": return .documentID
        case "language": return .language
        case "createdAt": return .createdAt
        default:
            let path = key.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
            guard path.first == "metadata", (2...Self.pathLimit).contains(path.count),
                path.allSatisfy({ !$0.isEmpty && $0.first != "$" })
            else {
                faults.add(pointer, "is not a known filter key; known are kind, documentId, language, createdAt, metadata.PATH")
                return nil
            }
            return .metadata(Array(path.dropFirst()))
        }
    }

    private func comparisons(_ value: JSON, at pointer: JSONPointer) -> [(comparison: PassageFilter.Comparison, place: JSONPointer)] {
        switch value {
        case .array:
            faults.add(pointer, "must be a scalar or an operator object, not array")
            return []
        case .object(let operators):
            guard !operators.members.isEmpty else {
                faults.add(pointer, "must have an operator")
                return []
            }
            return operators.members.compactMap { member in
                let place = pointer.appending(member.key)
                return comparison(member.key, member.value, at: place).map { ($0, place) }
            }
        default: return [(.equals(value), pointer)]
        }
    }

    private func comparison(_ name: String, _ value: JSON, at pointer: JSONPointer) -> PassageFilter.Comparison? {
        func scalar(_ make: (JSON) -> PassageFilter.Comparison) -> PassageFilter.Comparison? {
            guard value.arrayValue == nil, value.objectValue == nil else {
                faults.add(pointer, "must be a scalar, not \(value.typeName)")
                return nil
            }
            return make(value)
        }
        switch name {
        case "eq": return scalar { .equals($0) }
        case "ne": return scalar { .differs($0) }
        case "lt": return scalar { .below($0) }
        case "lte": return scalar { .atMost($0) }
        case "gt": return scalar { .above($0) }
        case "gte": return scalar { .atLeast($0) }
        case "exists":
            guard let expected = value.boolValue else {
                faults.add(pointer, "must be a boolean, not \(value.typeName)")
                return nil
            }
            return .exists(expected)
        case "in", "all":
            guard let values = value.arrayValue, (1...100).contains(values.count),
                values.allSatisfy({ $0.arrayValue == nil && $0.objectValue == nil })
            else {
                faults.add(pointer, "must be an array of 1 to 100 scalars")
                return nil
            }
            return name == "in" ? .isOneOf(values) : .hasAll(values)
        default:
            faults.add(pointer, "is not a known operator; known are eq, ne, in, all, exists, lt, lte, gt, gte")
            return nil
        }
    }

    /// Times are compared as seconds since the epoch.
    private func prepared(
        _ comparison: PassageFilter.Comparison, _ field: PassageFilter.Field, at pointer: JSONPointer
    ) -> PassageFilter.Comparison {
        guard field == .createdAt else { return comparison }
        func seconds(_ value: JSON) -> JSON {
            if let seconds = InternetTime.seconds(value.stringValue ?? "") { return .number((seconds * 1000).rounded() / 1000) }
            faults.add(pointer, "must be an RFC 3339 time such as 2026-11-23T10:00:00Z")
            return .null
        }
        switch comparison {
        case .equals(let value): return .equals(seconds(value))
        case .differs(let value): return .differs(seconds(value))
        case .isOneOf(let values): return .isOneOf(values.map(seconds))
        case .hasAll(let values): return .hasAll(values.map(seconds))
        case .below(let value): return .below(seconds(value))
        case .atMost(let value): return .atMost(seconds(value))
        case .above(let value): return .above(seconds(value))
        case .atLeast(let value): return .atLeast(seconds(value))
        case .exists: return comparison
        }
    }
}
