import Foundation
package import GraphQL
package import JSON
package import Knowledge

extension Date: CustomScalar {
    package static let scalar = ScalarDefinition(
        "DateTime", "A moment, as RFC 3339 in UTC.", specifiedBy: "https://scalars.graphql.org/andimarek/date-time")

    package init(value: JSON) throws {
        self = try Date(value.stringValue ?? "", strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }

    package var value: JSON { json }
}

extension CalendarDay: CustomScalar {
    package static let scalar = ScalarDefinition(
        "Date", "A day, such as 2026-11-23.", specifiedBy: "https://scalars.graphql.org/andimarek/local-date")

    package init(value: JSON) throws {
        guard let day = CalendarDay(value.stringValue ?? "") else { throw Problem(.invalidRequest, "a day is such as 2026-11-23") }
        self = day
    }

    package var value: JSON { .string(description) }
}

extension JSON: CustomScalar {
    package static let scalar = ScalarDefinition(
        "JSON", "Any value of JSON.", specifiedBy: "https://www.rfc-editor.org/rfc/rfc8259")

    package init(value: JSON) { self = value }
    package var value: JSON { self }
}
