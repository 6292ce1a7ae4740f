/// What the current task works on, and for whom: logs, spans, limits and budgets read it.
package struct WorkContext: Sendable, Hashable {
    package var workspace: String?
    package var brand: String?
    package var requestID: String?
    package var operationID: String?
    /// The stage of a pipeline, such as `pillars` or `posts`.
    package var stage: String?

    /// The trace that the work belongs to, as a W3C `traceparent`.
    package var traceparent: String?
    /// Whether the work's cost was set aside when it was accepted.
    package var isReserved = false
    /// When calls to models must have ended, if that is before their own deadline.
    package var deadline: ContinuousClock.Instant?

    package init() {}

    @TaskLocal package static var current = WorkContext()

    /// The current one with a change.
    package static func with(_ change: (inout WorkContext) -> Void) -> WorkContext {
        var context = current
        change(&context)
        return context
    }
}
