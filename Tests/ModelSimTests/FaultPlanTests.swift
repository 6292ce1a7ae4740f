import JSON
import Testing

@testable import modelsim

struct FaultPlanTests {
    private static func plan(_ json: String, seed: UInt64 = 0) throws -> FaultPlan {
        try FaultPlan(parsing: Array(json.utf8), seed: seed)
    }

    private static func call(_ path: String = "/v1/embeddings", model: String? = "m", body: String = "{}") -> FaultPlan.Call {
        FaultPlan.Call(path: path, model: model, body: Array(body.utf8))
    }

    @Test func `skipped calls pass, then as many fail as are asked for`() throws {
        var plan = try Self.plan(#"{"faults":[{"skip":2,"times":2,"action":{"type":"hang"}}]}"#)
        #expect((0..<6).map { _ in plan.action(for: Self.call()) } == [nil, nil, .hang, .hang, nil, nil])
    }

    @Test func `a fault fires once unless it is told otherwise, and -1 is for ever`() throws {
        var once = try Self.plan(#"{"faults":[{"action":{"type":"close"}}]}"#)
        #expect((0..<3).map { _ in once.action(for: Self.call()) } == [.close, nil, nil])
        var always = try Self.plan(#"{"faults":[{"times":-1,"action":{"type":"close"}}]}"#)
        #expect((0..<50).allSatisfy { _ in always.action(for: Self.call()) == .close })
    }

    @Test func `only calls that match everything count`() throws {
        var plan = try Self.plan(
            #"{"faults":[{"match":{"path":"/v1/embeddings","model":"a","contains":"say \"hé\""},"skip":1,"action":{"type":"noDone"}}]}"#
        )
        let body = #"{"x":"to say \"hé\" is"}"#
        #expect(plan.action(for: Self.call("/v1/chat/completions", model: "a", body: body)) == nil)
        #expect(plan.action(for: Self.call(model: "b", body: body)) == nil)
        #expect(plan.action(for: Self.call(model: "a", body: "{}")) == nil)
        #expect(plan.action(for: Self.call(model: "a", body: body)) == nil)
        #expect(plan.action(for: Self.call(model: "a", body: body)) == .noDone)
    }

    @Test func `faults fire one after the other`() throws {
        var plan = try Self.plan(#"{"faults":[{"action":{"type":"delay","ms":5}},{"action":{"type":"comments","ms":9}}]}"#)
        #expect((0..<3).map { _ in plan.action(for: Self.call()) } == [.delay(5), .comments(9), nil])
    }

    @Test func `a probability is kept and its dice repeat`() throws {
        let text = #"{"faults":[{"probability":0.25,"action":{"type":"close"}}]}"#
        var plans = [try Self.plan(text, seed: 7), try Self.plan(text, seed: 7)]
        let outcomes = plans.indices.map { index in (0..<2000).map { _ in plans[index].action(for: Self.call()) != nil } }
        #expect(outcomes[0] == outcomes[1])
        #expect((400...600).contains(outcomes[0].count { $0 }))
    }

    @Test(arguments: [
        ("[1,", "JSON"), ("{}", "\"faults\""), (#"{"faults":[1]}"#, "Fault 1"),
        (#"{"faults":[{"action":{"type":"close"}},{"action":{"type":"explode"}}]}"#, "Fault 2 \"type\" must be one of"),
        (#"{"faults":[{}]}"#, "Fault 1 has no \"action\""),
        (#"{"faults":[{"time":3,"action":{"type":"close"}}]}"#, "\"time\""),
        (#"{"faults":[{"times":-2,"action":{"type":"close"}}]}"#, "\"times\""),
        (#"{"faults":[{"match":{"path":1},"action":{"type":"close"}}]}"#, "\"path\""),
        (#"{"faults":[{"probability":2,"action":{"type":"close"}}]}"#, "\"probability\""),
        (#"{"faults":[{"probability":0.5,"skip":1,"action":{"type":"close"}}]}"#, "not both"),
        (#"{"faults":[{"action":{"type":"delay"}}]}"#, "\"ms\""),
        (#"{"faults":[{"action":{"type":"status","status":99}}]}"#, "\"status\""),
        (#"{"faults":[{"action":{"type":"status","headers":{"a b":"c"}}}]}"#, "header"),
    ])
    func `an ill-formed plan is refused with a sentence that names the fault`(text: String, expected: String) {
        let error = #expect(throws: FaultPlanError.self) { try Self.plan(text) }
        #expect(error?.description.contains(expected) == true)
    }
}
