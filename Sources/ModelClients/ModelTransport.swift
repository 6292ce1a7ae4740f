import Foundation
import JSON
import Knowledge
import Telemetry
import Tracing
package import Transfer

/// Sends requests to one API: bounded in flight, with retries inside one deadline.
package final class ModelTransport: Sendable {
    private let client: TransferClient
    private let endpoint: ModelEndpoint
    private let limit: FairLimit
    private let policy = RetryPolicy()
    private let budget: SharedRetryBudget
    private let breakers: CircuitBreakers
    /// Who counts, traces and charges the calls.
    let watch: ModelWatch
    private static let errorBodyLimit = 64 * 1024

    /// - Parameters:
    ///   - budget: one for all APIs of the process.
    ///   - breakers: those of the process.
    package init(
        client: TransferClient, endpoint: ModelEndpoint, budget: SharedRetryBudget, breakers: CircuitBreakers, watch: ModelWatch
    ) {
        self.client = client
        self.budget = budget
        self.breakers = breakers
        self.endpoint = endpoint
        self.watch = watch
        limit = FairLimit(endpoint.maximumConcurrency)
    }

    /// Of which API, for spans.
    var host: String { endpoint.host }

    /// When a call that begins now must have ended, retries, re-asks and fallback models among it.
    var deadline: ContinuousClock.Instant {
        let own = ContinuousClock.now + endpoint.timeouts.total
        return WorkContext.current.deadline.map { min($0, own) } ?? own
    }

    /// What a call is, beside its body.
    struct Call: Sendable {
        var path: String
        /// The model, whose breaker the call goes through.
        var model: String
        var deadline: ContinuousClock.Instant
        var progress = TransferRequest.Progress.anyByte
        var maximumResponseBytes = 64 << 20
    }

    /// Posts `body` and reads the answer with `read`, again while the failure may pass.
    ///
    /// - Returns: what `read` made of the answer, and the number of attempts.
    /// - Throws: `ModelError`, `CancellationError`.
    func post<Answer: Sendable>(
        _ call: Call, _ body: JSON, read: (TransferResponse) async throws -> Answer
    ) async throws -> (answer: Answer, attempts: Int) {
        let bytes = body.utf8Bytes
        var attempt = 1
        while true {
            do {
                return (try await limit.run(until: call.deadline) { try await attemptOnce(call, bytes, read: read) }, attempt)
            } catch is FairLimit.Expired {
                throw ModelError(.timedOut, detail: "no place among the calls in flight came free in time")
            } catch let failure as RetryPolicy.Failure {
                let pause = policy.pause(
                    after: failure, attempt: attempt, remaining: call.deadline - .now, jitter: Double.random(in: 0...1))
                guard let pause, budget.takeRetry() else { throw failure.error }
                try await Task.sleep(for: pause)
                watch.retries.add(1, call.path)
                attempt += 1
            }
        }
    }

    private func attemptOnce<Answer>(
        _ call: Call, _ bytes: [UInt8], read: (TransferResponse) async throws -> Answer
    ) async throws -> Answer {
        // There before the first: Prometheus sees no increase where a series begins.
        watch.attempts.add(0, call.path, ModelError.Kind.suspended.rawValue)
        let key = CircuitBreakers.Key(url: endpoint.url(call.path), model: call.model)
        let admission = breakers.admit(key)
        if case .refused = admission {
            watch.attempts.add(1, call.path, ModelError.Kind.suspended.rawValue)
            throw ModelError(.suspended)
        }
        var outcome = CircuitBreaker.Outcome.abandoned
        defer { breakers.end(key, admission, outcome) }
        let remaining = call.deadline - .now
        guard remaining > .zero else { throw ModelError(.timedOut) }
        budget.noteAttempt()
        let request = TransferRequest(
            method: "POST", url: endpoint.url(call.path), headers: headers, body: .bytes(bytes),
            timeouts: endpoint.timeouts.capped(at: remaining), maximumResponseBytes: call.maximumResponseBytes,
            progress: call.progress)
        do {
            let answer = try await once(request, read: read)
            outcome = .answered
            watch.attempts.add(1, call.path, "ok")
            return answer
        } catch let failure as RetryPolicy.Failure {
            outcome = [.unavailable, .timedOut].contains(failure.error.kind) ? .failed : .answered
            watch.attempts.add(1, call.path, failure.error.kind.rawValue)
            throw failure
        }
    }

    private var headers: [(name: String, value: String)] {
        var headers = [("content-type", "application/json"), ("accept", "application/json, text/event-stream")]
        if !endpoint.apiKey.isEmpty { headers.append(("authorization", "Bearer \(endpoint.apiKey.reveal())")) }
        if let trace = TraceContext.current {
            headers.append(("traceparent", trace.traceparent))
            if let state = trace.state { headers.append(("tracestate", state)) }
        }
        return headers
    }

    private func once<Answer>(
        _ request: TransferRequest, read: (TransferResponse) async throws -> Answer
    ) async throws -> Answer {
        do {
            let response = try await client.send(request)
            guard response.status == 200 else { throw await failure(of: response) }
            return try await read(response)
        } catch let error as TransferError {
            throw RetryPolicy.Failure(error: ModelError(error))
        } catch let error as ModelError {
            throw RetryPolicy.Failure(error: error)
        }
    }

    private func failure(of response: TransferResponse) async -> RetryPolicy.Failure {
        var bytes: [UInt8] = []
        // The status tells what happened; a body that breaks off only costs the explanation.
        while bytes.count < Self.errorBodyLimit, let more = try? await response.body.first(where: { _ in true }) { bytes += more }
        let detail = (try? JSON(parsing: bytes))?["error"]?["message"]?.stringValue ?? ""
        return RetryPolicy.Failure(
            error: ModelError(ModelError.Kind(status: response.status), status: response.status, detail: String(detail.prefix(500))),
            retryAfter: response.header("retry-after").flatMap { RetryAfter.duration($0, now: .now) })
    }
}

extension ModelError.Kind {
    /// What an HTTP status other than 200 means to the caller.
    init(status: Int) {
        self =
            switch status {
            case 401, 402, 403: .unauthorized
            case 404: .unknownModel
            case 408, 409, 425, 500...: .unavailable
            case 429: .rateLimited
            default: .rejected
            }
    }
}

extension ModelError {
    init(_ error: TransferError) {
        let kind: Kind =
            switch error.kind {
            case .timedOut: .timedOut
            case .invalidRequest, .untrusted, .refusedAddress: .unauthorized
            case .tooLarge: .invalidOutput
            case .unreachable, .interrupted, .malformedResponse: .unavailable
            }
        self.init(kind, detail: error.debugDescription)
    }
}

/// `Retry-After` (RFC 9110 section 10.2.3): seconds, or a date.
enum RetryAfter {
    private static let longest = 3600.0

    static func duration(_ text: String, now: Date) -> Duration? {
        let seconds = Double(text) ?? (try? Date(text, strategy: httpDate)).map { $0.timeIntervalSince(now) }
        return seconds.flatMap { $0.isFinite ? .seconds(min(max($0, 0), longest)) : nil }
    }

    private static let httpDate = Date.ParseStrategy(
        format: """
            \(weekday: .abbreviated), \(day: .twoDigits) \(month: .abbreviated) \(year: .padded(4)) \
            \(hour: .twoDigits(clock: .twentyFourHour, hourCycle: .zeroBased)):\(minute: .twoDigits):\(second: .twoDigits) GMT
            """, locale: Locale(identifier: "en_US_POSIX"), timeZone: .gmt)
}
