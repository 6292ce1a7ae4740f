package import Foundation
package import JSON

/// Conditions on the document of a passage; all of them must hold.
package struct PassageFilter: Sendable, Hashable {
    package enum Field: Sendable, Hashable {
        case kind, documentID, language, createdAt
        /// Names of nested members of `metadata`.
        case metadata([String])
    }

    package enum Comparison: Sendable, Hashable {
        case equals(JSON)
        case differs(JSON)
        case isOneOf([JSON])
        /// A list that has each of these.
        case hasAll([JSON])
        case exists(Bool)
        case below(JSON), atMost(JSON), above(JSON), atLeast(JSON)
    }

    package struct Condition: Sendable, Hashable {
        package var field: Field
        package var comparison: Comparison

        package init(field: Field, comparison: Comparison) {
            self.field = field
            self.comparison = comparison
        }
    }

    package var conditions: [Condition]

    package init(_ conditions: [Condition] = []) { self.conditions = conditions }

    /// What a filter can see of a document.
    package struct Subject: Sendable, Hashable {
        package var documentID: String
        package var kind: Document.Kind
        package var createdAt: Date
        package var metadata: JSON

        package init(_ document: Document) {
            documentID = document.id
            kind = document.kind
            createdAt = document.createdAt
            metadata = document.metadata
        }

        func value(of field: Field) -> JSON? {
            switch field {
            case .kind: .string(kind.rawValue)
            case .documentID: .string(documentID)
            case .language: metadata["language"]
            case .createdAt: .number((createdAt.timeIntervalSince1970 * 1000).rounded() / 1000)
            case .metadata(let path): path.reduce(Optional(metadata)) { $0?[$1] }
            }
        }
    }

    package func accepts(_ subject: Subject) -> Bool {
        conditions.allSatisfy { Self.holds($0.comparison, for: subject.value(of: $0.field)) }
    }

    private static func holds(_ comparison: Comparison, for value: JSON?) -> Bool {
        switch comparison {
        case .equals(let expected): return matches(value, expected)
        case .differs(let unwanted): return !matches(value, unwanted)
        case .isOneOf(let accepted): return accepted.contains { matches(value, $0) }
        case .hasAll(let wanted): return wanted.allSatisfy { matches(value, $0) }
        case .exists(let expected): return (value != nil) == expected
        case .below(let bound): return order(value, bound) == .below
        case .atMost(let bound): return [.below, .equal].contains(order(value, bound))
        case .above(let bound): return order(value, bound) == .above
        case .atLeast(let bound): return [.above, .equal].contains(order(value, bound))
        }
    }

    /// A list matches when one of its elements does, as in the database's own filters.
    private static func matches(_ value: JSON?, _ expected: JSON) -> Bool {
        guard let value else { return false }
        if case .integer(let a) = value, case .integer(let b) = expected { return a == b }
        if let a = value.doubleValue, let b = expected.doubleValue { return a == b }
        if case .array(let elements) = value, elements.contains(where: { matches($0, expected) }) { return true }
        return value == expected
    }

    private enum Order { case below, equal, above }

    /// Nil for what cannot be compared. Whole numbers are compared as such: a double has no room for the last digits of a long one.
    private static func order(_ value: JSON?, _ bound: JSON) -> Order? {
        func order<Value: Comparable>(_ a: Value, _ b: Value) -> Order? { a < b ? .below : a > b ? .above : a == b ? .equal : nil }
        switch (value, bound) {
        case (.integer(let a)?, .integer(let b)): return order(a, b)
        case (.string(let a)?, .string(let b)): return order(a, b)
        default:
            guard let a = value?.doubleValue, let b = bound.doubleValue else { return nil }
            return order(a, b)
        }
    }
}
