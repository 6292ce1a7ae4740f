import JSON

/// The faults that are to come, in their order: the first one that takes a call decides, and the later ones do not count it.
struct FaultPlan: Sendable {
    /// What the rules are matched against.
    struct Call {
        var path: String
        var model: String?
        var body: [UInt8]

        /// Whether the body holds the text, as it is or as JSON escapes it.
        func contains(_ text: String) -> Bool {
            var escaped: [UInt8] = []
            JSON.write(text, into: &escaped)
            let plain = Array(text.utf8)
            let quoted = Array(escaped.dropFirst().dropLast())
            return body.contains(plain) || (quoted != plain && body.contains(quoted))
        }
    }

    private(set) var rules: [FaultRule]
    private var random: SeededRandom

    init(rules: [FaultRule] = [], seed: UInt64 = 0) {
        self.rules = rules
        random = SeededRandom(seed: seed)
    }

    /// What goes wrong with this call, if anything does; the call is counted.
    mutating func action(for call: Call) -> FaultAction? {
        for index in rules.indices where rules[index].takes(call, random: &random) { return rules[index].action }
        return nil
    }
}
