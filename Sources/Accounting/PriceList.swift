// Accounting: what the workspaces' model calls cost, and where they stop. It knows the ports of Knowledge only.

package import JSON
package import Knowledge

/// What models cost.
package struct PriceList: Sendable {
    /// US dollars for a million tokens, and for a picture.
    package struct Price: Sendable, Hashable {
        package var input = 0.0
        package var output = 0.0
        package var embedding = 0.0
        package var image = 0.0

        package init() {}
    }

    private var prices: [String: Price]

    /// Reads `{"models": {NAME: {"input": …, "output": …, "embedding": …, "image": …}}}`.
    ///
    /// - Throws: `PriceError` naming what is wrong.
    package init(_ json: JSON) throws(PriceError) {
        guard let models = json["models"]?.objectValue else { throw PriceError("it has no object \"models\"") }
        prices = [:]
        for member in models {
            let model = member.key
            guard let fields = member.value.objectValue else { throw PriceError("the price of \(model) is no object") }
            var price = Price()
            for field in fields {
                let kind = field.key
                guard let amount = field.value.doubleValue, amount >= 0, amount <= 1_000_000 else {
                    throw PriceError("\(kind) of \(model) must be a number of US dollars from 0 to 1000000")
                }
                switch kind {
                case "input": price.input = amount
                case "output": price.output = amount
                case "embedding": price.embedding = amount
                case "image": price.image = amount
                default: throw PriceError("\(model) has \"\(kind)\"; known are input, output, embedding and image")
                }
            }
            prices[model] = price
        }
    }

    /// Those that come with the service; what is dated changes, and a file of your own wins.
    package static func standard() throws(PriceError) -> PriceList {
        guard let json = try? JSON(parsing: PackageResources.prices_json) else { throw PriceError("it is not JSON") }
        return try PriceList(json)
    }

    /// With those of `other`, which win.
    package func replaced(by other: PriceList) -> PriceList {
        var list = self
        list.prices.merge(other.prices) { _, new in new }
        return list
    }

    package func knows(_ model: String) -> Bool { prices[model] != nil }

    /// In millionths of a dollar; 0 where there is no price.
    package func micros(_ usage: Usage, model: String) -> Int {
        guard let price = prices[model] else { return 0 }
        let perToken =
            Double(usage.inputTokens) * price.input + Double(usage.outputTokens) * price.output
            + Double(usage.embeddingTokens) * price.embedding
        // Dollars for a million tokens are millionths of a dollar for one.
        return Int((perToken + Double(usage.imageCalls) * price.image * 1_000_000).rounded(.up))
    }
}

/// Why a list of prices cannot be read.
package struct PriceError: Error, Sendable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}
