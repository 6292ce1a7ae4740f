/// Whether the current task does work that is kept in a store, so that it may wait where a person would not.
package enum Durability {
    @TaskLocal package static var isDurable = false
    /// How long the current task waits for a store, where that is shorter than usual: it can do without the answer.
    @TaskLocal package static var patience: Duration?
}
