import GraphQL
import HTTPTypes
import JSON

/// In which form a client takes answers.
enum AnswerForm: Sendable {
    case graphQLResponse, json, eventStream, multipart

    var contentType: String {
        switch self {
        case .graphQLResponse: "application/graphql-response+json; charset=utf-8"
        case .json: "application/json; charset=utf-8"
        case .eventStream: "text/event-stream; charset=utf-8"
        // Not in quotes: Python's `gql` takes it literally.
        case .multipart: "multipart/mixed; boundary=graphql; subscriptionSpec=1.0"
        }
    }

    var isStreamed: Bool { self == .eventStream || self == .multipart }

    /// The status of an answer; the one place that decides it (GraphQL over HTTP, section "Response").
    func status(of response: Response) -> HTTPResponse.Status {
        // Without data nothing was executed. Clients that take plain JSON do not look at the status.
        self == .graphQLResponse && response.data == nil ? .badRequest : .ok
    }
}

/// The forms that a client takes, of its `Accept` (RFC 9110, section 12.5.1).
struct AnswerForms: Sendable {
    /// For a single answer; JSON is preferred among equals.
    let single: AnswerForm
    /// For a stream of answers; nil unless the client names such a form.
    let stream: AnswerForm?

    private static let offers: [(form: AnswerForm, type: String)] = [
        (.json, "application/json"), (.graphQLResponse, "application/graphql-response+json"), (.eventStream, "text/event-stream"),
        (.multipart, "multipart/mixed"),
    ]

    /// Nil when the client takes none of them.
    init?(accept: String?) {
        let ranges = (accept ?? "*/*").split(separator: ",").compactMap { part -> (type: String, weight: Double)? in
            let pieces = part.split(separator: ";").map { $0.filter { !$0.isWhitespace }.lowercased() }
            guard let type = pieces.first else { return nil }
            let weight = pieces.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) } ?? 1
            return (type, weight)
        }
        // The most specific range decides a type's weight.
        func weight(_ names: [String]) -> Double {
            for name in names { if let range = ranges.first(where: { $0.type == name }) { return range.weight } }
            return 0
        }
        var single: (form: AnswerForm, weight: Double)?
        var stream: (form: AnswerForm, weight: Double)?
        for (form, type) in Self.offers {
            let own = weight([type, type.prefix { $0 != "/" } + "/*", "*/*"])
            if own > single?.weight ?? 0 { single = (form, own) }
            let named = weight([type])
            if form.isStreamed, named > stream?.weight ?? 0 { stream = (form, named) }
        }
        guard let single else { return nil }
        self.single = single.form
        self.stream = stream?.form
    }
}
