import AsyncAlgorithms
import GraphQL

/// What is sent on a stream next.
enum EventFrame: Sendable {
    case answer(Response)
    case heartbeat
    /// The source has no more, failed, took too long, or the service stops.
    case end
}

/// The answers of a subscription with signs of life between them.
enum EventFrames {
    /// Pulled by its consumer: at most one answer waits.
    ///
    /// - Parameter closing: ends the frames with its first element.
    static func make(
        _ answers: any EventSequence<Response>, heartbeat: Duration, lifetime: Duration, closing: AsyncStream<Void>
    ) -> any EventSequence<EventFrame> {
        open(answers, heartbeat, lifetime, closing)
    }

    private static func open<Answers: AsyncSequence & Sendable>(
        _ answers: Answers, _ heartbeat: Duration, _ lifetime: Duration, _ closing: AsyncStream<Void>
    ) -> any EventSequence<EventFrame> where Answers.Element == Response, Answers.Failure == any Error {
        let frames = GuardedAnswers(base: answers)
        let deadline = ContinuousClock.now + lifetime
        let ticks = AsyncTimerSequence(interval: heartbeat, clock: ContinuousClock())
            .map { _ in ContinuousClock.now < deadline ? EventFrame.heartbeat : .end }
        return merge(frames, merge(ticks, closing.map { EventFrame.end }).mapError { _ -> any Error in CancellationError() })
    }
}

/// Answers as frames: a failure of the source becomes a last answer with its error, and `.end` follows.
private struct GuardedAnswers<Base: AsyncSequence & Sendable>: AsyncSequence, Sendable where Base.Element == Response {
    typealias Element = EventFrame
    typealias Failure = any Error

    let base: Base

    struct Iterator: AsyncIteratorProtocol {
        var base: Base.AsyncIterator
        var state = State.open

        enum State { case open, ending, over }

        mutating func next() async throws -> EventFrame? { try await next(isolation: #isolation) }

        mutating func next(isolation actor: isolated (any Actor)?) async throws(any Error) -> EventFrame? {
            switch state {
            case .over: return nil
            case .ending:
                state = .over
                return .end
            case .open:
                do {
                    if let answer = try await base.next(isolation: actor) { return .answer(answer) }
                    state = .over
                    return .end
                } catch {
                    state = .ending
                    let shown = (error as? any ClientError)?.clientError ?? GraphQLError("The stream failed.", code: "STREAM_FAILED")
                    return .answer(Response(errors: [shown]))
                }
            }
        }
    }

    func makeAsyncIterator() -> Iterator { Iterator(base: base.makeAsyncIterator()) }
}
