/// What one request may cost; everything beyond is refused before it runs.
package struct GraphQLLimits: Sendable {
    /// Of the document's text.
    package var documentBytes = 64 * 1024
    /// Lexical tokens of the document.
    package var tokens = 2_000
    /// Braces and brackets within each other, as the parser meets them.
    package var nesting = 64
    /// Fields within each other, fragments expanded; introspection is measured by rules of its own.
    package var depth = 10
    package var aliases = 30
    package var rootFields = 20
    package var directives = 50
    /// An object costs 1, times the sizes of the lists around it.
    package var cost = 5_000
    /// The same of introspection alone; the standard query costs about 15,000.
    package var introspectionCost = 50_000
    /// Bytes of all variables at all the places where they are used.
    package var variableBytes = 16 << 20
    /// Pairs of fields that are compared to find whether they can be merged.
    package var comparisons = 50_000
    /// For one query; what a mutation has begun is ended.
    package var duration = Duration.seconds(10)
    package var allowsIntrospection = true

    package init() {}

    /// For tests that compare with another engine.
    package static var none: GraphQLLimits {
        var limits = GraphQLLimits()
        limits.documentBytes = .max
        limits.tokens = .max
        limits.nesting = 500
        (limits.depth, limits.aliases, limits.rootFields, limits.directives, limits.cost) = (.max, .max, .max, .max, .max)
        (limits.introspectionCost, limits.variableBytes) = (.max, .max)
        limits.comparisons = .max
        return limits
    }
}
