/// A failed call to a model's API, by what the caller can do.
package struct ModelError: Error, Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable {
        /// No answer, or a fault of the server's, after all retries: try again later.
        case unavailable
        /// Nothing was sent: so many calls failed that the API is left alone for a while.
        case suspended
        /// The deadline is over.
        case timedOut
        /// The API asks to wait.
        case rateLimited
        /// The key is refused, or has no credit: mend the configuration.
        case unauthorized
        /// The API does not know the model.
        case unknownModel
        /// The API refuses the request as it is.
        case rejected
        /// The content filter, or the model, refuses to answer.
        case refused
        /// The answer was cut at its token limit.
        case truncated
        /// The answer is not what was asked for, also after the one re-ask.
        case invalidOutput
    }

    package var kind: Kind
    /// The API's status, or 0 where there was none.
    package var status: Int
    /// For logs only, without key or prompt.
    package var detail: String

    package init(_ kind: Kind, status: Int = 0, detail: String = "") {
        self.kind = kind
        self.status = status
        self.detail = detail
    }
}

extension ModelError {
    /// Seconds after which the same question may be answered; nil when the failure is final, as a deadline's end is.
    package var retryAfter: Double? {
        switch kind {
        case .unavailable, .rateLimited: 0
        case .suspended: 30
        default: nil
        }
    }
}

extension ModelError: CustomStringConvertible {
    /// Safe for a stranger to read.
    package var description: String {
        let sentence =
            switch kind {
            case .unavailable: "the model's API failed"
            case .suspended: "calls to the model are suspended, because too many of them failed"
            case .timedOut: "the model did not answer in time"
            case .rateLimited: "the model's API asks to wait"
            case .unauthorized: "the model's API refuses the key"
            case .unknownModel: "the model's API does not know the model"
            case .rejected: "the model's API refuses the request"
            case .refused: "the model refuses to answer"
            case .truncated: "the model's answer was cut at its token limit"
            case .invalidOutput: "the model's answer does not fit what was asked for"
            }
        return status == 0 ? sentence : "\(sentence) (status \(status))"
    }
}
