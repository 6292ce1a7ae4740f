/// `Accept` (RFC 9110 section 12.5.1): which of several media types a client likes best.
struct AcceptHeader {
    private let ranges: [(type: String, weight: Double)]

    /// - Parameter text: nil when the client sent none, which accepts everything.
    init(_ text: String?) {
        ranges = (text ?? "*/*").split(separator: ",").compactMap { part in
            let pieces = part.split(separator: ";").map { $0.filter { !$0.isWhitespace }.lowercased() }
            guard let type = pieces.first else { return nil }
            let weight = pieces.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) } ?? 1
            return (type, weight)
        }
    }

    /// The best of `offers`, the first of them when several are as good; nil when none is accepted.
    func best(of offers: [String]) -> String? {
        let weighted = offers.map { (offer: $0, weight: weight(of: $0)) }
        let best = weighted.map(\.weight).max() ?? 0
        return best > 0 ? weighted.first { $0.weight == best }?.offer : nil
    }

    /// The most specific range that covers the type decides.
    private func weight(of type: String) -> Double {
        let family = type.prefix { $0 != "/" } + "/*"
        for name in [type, String(family), "*/*"] {
            if let range = ranges.first(where: { $0.type == name }) { return range.weight }
        }
        return 0
    }
}
