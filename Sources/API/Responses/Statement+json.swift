package import JSON
package import Knowledge

extension Statement {
    /// A workspace's month as operators read it.
    package func json(budget: Budget, reserved: Spending) -> JSON {
        var used = total.usage.json.objectValue ?? [:]
        used["tokens"] = JSON(total.usage.tokens)
        used["money"] = Money.json(total.micros)
        return [
            "month": .string(month.description), "currency": "USD", "budget": budget.json, "used": .object(used),
            "reserved": reserved.json,
            "days": .array(
                days.sorted { $0.key < $1.key }.map { day, line in
                    ["day": .string(day), "tokens": JSON(line.usage.tokens), "money": Money.json(line.micros)]
                }),
            "models": .array(
                models.sorted { ($0.value.micros, $0.value.usage.tokens, $1.key) > ($1.value.micros, $1.value.usage.tokens, $0.key) }
                    .map { model, line in
                        [
                            "model": .string(model), "inputTokens": JSON(line.usage.inputTokens),
                            "outputTokens": JSON(line.usage.outputTokens), "embeddingTokens": JSON(line.usage.embeddingTokens),
                            "calls": JSON(line.usage.languageCalls + line.usage.embeddingCalls + line.usage.imageCalls),
                            "money": Money.json(line.micros),
                        ]
                    }),
            "brands": .array(
                brands.sorted { $0.key < $1.key }.map { brand, line in
                    [
                        "brandId": brand.isEmpty ? .null : .string(brand), "tokens": JSON(line.usage.tokens),
                        "money": Money.json(line.micros),
                    ]
                }),
        ]
    }
}
