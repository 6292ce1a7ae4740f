import HTTPTypes
import JSON

/// What goes wrong with a call.
enum FaultAction: Hashable, Sendable {
    case status(Int, body: JSON?, headers: HTTPFields)
    /// Answers as usual, milliseconds later.
    case delay(Int)
    /// Never answers.
    case hang
    /// Closes the connection without an answer.
    case close
    /// Announces the whole body, sends half of it and closes the connection.
    case truncate
    /// Answers 200 with content that is no JSON.
    case badJSON
    case length
    case contentFilter
    case refusal
    /// Reports an error inside an answer that began with status 200.
    case streamError
    /// Ends a stream without `[DONE]`.
    case noDone
    /// Sends nothing but comments for some milliseconds.
    case comments(Int)

    var name: String {
        switch self {
        case .status: "status"
        case .delay: "delay"
        case .hang: "hang"
        case .close: "close"
        case .truncate: "truncate"
        case .badJSON: "badJSON"
        case .length: "length"
        case .contentFilter: "contentFilter"
        case .refusal: "refusal"
        case .streamError: "streamError"
        case .noDone: "noDone"
        case .comments: "comments"
        }
    }
}
