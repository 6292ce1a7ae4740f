import Testing

@testable import API

@Suite struct `Rates of requests` {
    @Test func `a steady client is never refused, a quick one after its burst`() {
        let rate = CellRate(perMinute: 60, burst: 3)
        var arrival = Duration.zero
        for second in 0..<100 {
            let decision = rate.decide(arrival: arrival, now: .seconds(second))
            #expect(decision.isAllowed && decision.remaining == 2)
            arrival = decision.arrival
        }
        var seen: [Int] = []
        for _ in 0..<3 {
            let decision = rate.decide(arrival: arrival, now: .seconds(200))
            #expect(decision.isAllowed)
            seen.append(decision.remaining)
            arrival = decision.arrival
        }
        #expect(seen == [2, 1, 0])
        let refused = rate.decide(arrival: arrival, now: .seconds(200))
        #expect(!refused.isAllowed && refused.arrival == arrival && refused.retryAfter == .seconds(1))
        // Asking while refused costs nothing.
        #expect(rate.decide(arrival: refused.arrival, now: .milliseconds(200_999)).retryAfter == .milliseconds(1))
        #expect(rate.decide(arrival: refused.arrival, now: .seconds(201)).isAllowed)
    }

    @Test func `in any minute no more than the rate and the burst are allowed`() {
        let rate = CellRate(perMinute: 120, burst: 10)
        var (arrival, allowed) = (Duration.zero, 0)
        for step in 0..<60_000 {
            let decision = rate.decide(arrival: arrival, now: .milliseconds(step))
            arrival = decision.arrival
            allowed += decision.isAllowed ? 1 : 0
        }
        #expect((129...130).contains(allowed))
    }
}

@Suite struct `Keys as clients hold them` {
    @Test func `are told from typing errors`() {
        for _ in 0..<200 {
            let token = KeyToken()
            let text = token.text
            #expect(text.hasPrefix("pw_" + token.id + "_") && text.count == 3 + 12 + 1 + 43 + 6)
            #expect(KeyToken(text)?.secretHash == token.secretHash && token.secretHash.count == 64)
            var characters = Array(text)
            let place = Int.random(in: 3..<characters.count)
            characters[place] = characters[place] == "x" ? "y" : "x"
            #expect(KeyToken(String(characters)) == nil)
        }
        #expect(Set((0..<1_000).map { _ in KeyToken().text }).count == 1_000)
        for text in [
            "", "pw_", "pw__", "pw_a_b", String(repeating: "_", count: 70), "pw_éééééééééééé_" + String(repeating: "é", count: 49),
        ] {
            #expect(KeyToken(text) == nil)
        }
    }
}
