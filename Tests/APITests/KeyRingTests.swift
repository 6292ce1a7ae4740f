import Foundation
import Knowledge
import Synchronization
import Testing

@testable import API

@Suite struct `Keys in memory` {
    private let token = KeyToken()

    @Test func `a revoked key is not let in by a question that was asked before the revocation`() async throws {
        let store = SlowKeys(
            APIKey(
                id: token.id, workspace: "w", name: "n", scopes: [.read], brands: nil, secretHash: token.secretHash,
                createdAt: .distantPast,
                expiresAt: nil))
        let now = Mutex(ContinuousClock.now)
        let ring = KeyRing(store: store, clock: SystemClock(), isOpen: false) { now.withLock { $0 } }
        let header = "Bearer " + token.text

        let early = Task { try await ring.principal(authorization: header) }
        let first = try await store.nextQuestion()
        await store.revoke()
        now.withLock { $0 += .milliseconds(450) }
        let late = Task { try await ring.principal(authorization: header) }
        let second = try await store.nextQuestion()
        let joining = Task { try await ring.principal(authorization: header) }

        // The later question is answered first: the answer to the early one, which comes after it, must not count for others.
        second.answer()
        await #expect(throws: Problem.self) { try await late.value }
        await #expect(throws: Problem.self) { try await joining.value }
        first.answer()
        #expect(try await early.value.keyID == token.id)
        await #expect(throws: Problem.self) { try await ring.principal(authorization: header) }
        #expect(await store.questionCount == 2)
    }

    @Test(.timeLimit(.minutes(1))) func `while the store is away one request finds it out, and none after it waits`() async throws {
        let record = APIKey(
            id: token.id, workspace: "w", name: "n", scopes: [.read], brands: nil, secretHash: token.secretHash, createdAt: .distantPast,
            expiresAt: nil)
        let store = UnreachableKeys(record)
        let ring = KeyRing(store: store, clock: SystemClock(), isOpen: false)
        func wait() async throws -> Duration {
            try await ContinuousClock().measure { _ = try await ring.principal(authorization: "Bearer " + token.text) }
        }
        _ = try await wait()
        await store.leave()
        try await Task.sleep(for: .seconds(1))
        #expect(try await wait() > .milliseconds(2_900))
        for _ in 0..<12 {
            #expect(try await wait() < .milliseconds(2_500))
            try await Task.sleep(for: .milliseconds(400))
        }
        // It is back, and the key was revoked meanwhile: nobody has to ask for that to count.
        await store.comeBack(revoked: true)
        try await Task.sleep(for: .seconds(5))
        await #expect(throws: Problem.self) { try await wait() }
    }
}

/// Takes three seconds to find out that it does not answer.
private actor UnreachableKeys: KeyStore {
    private var record: APIKey
    private var isAway = false

    init(_ record: APIKey) { self.record = record }

    func leave() { isAway = true }

    func comeBack(revoked: Bool) {
        isAway = false
        if revoked { record.revokedAt = .distantPast }
    }

    func key(_ id: String) async throws -> APIKey? {
        guard isAway else { return record }
        try await Task.sleep(for: .seconds(3))
        throw StoreError.unavailable
    }

    func insert(_ key: APIKey) {}
    func keys(workspace: String?) -> [APIKey] { [record] }
    func revoke(_ id: String, workspace: String, at moment: Date) -> Bool { false }
    func insertTicket(_ hash: String, key id: String, expiresAt: Date) {}
    func takeTicket(_ hash: String, now: Date) -> String? { nil }
}

/// Reads a key at once and hands it over when told to, like a database whose answers take long.
private actor SlowKeys: KeyStore {
    struct Question {
        fileprivate let continuation: CheckedContinuation<Void, Never>
        func answer() { continuation.resume() }
    }

    private var record: APIKey
    private let questions: AsyncStream<Question>
    private let asked: AsyncStream<Question>.Continuation
    private(set) var questionCount = 0

    init(_ record: APIKey) {
        self.record = record
        (questions, asked) = AsyncStream.makeStream()
    }

    func revoke() { record.revokedAt = .distantPast }

    func nextQuestion() async throws -> Question {
        var iterator = questions.makeAsyncIterator()
        return try #require(await iterator.next())
    }

    func key(_ id: String) async throws -> APIKey? {
        let read = record
        questionCount += 1
        await withCheckedContinuation { asked.yield(Question(continuation: $0)) }
        return read
    }

    func insert(_ key: APIKey) {}
    func keys(workspace: String?) -> [APIKey] { [record] }
    func revoke(_ id: String, workspace: String, at moment: Date) -> Bool { false }
    func insertTicket(_ hash: String, key id: String, expiresAt: Date) {}
    func takeTicket(_ hash: String, now: Date) -> String? { nil }
}
