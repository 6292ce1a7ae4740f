/// Whether the current task does work that is kept in a store, so that it may wait where a person would not.
package enum Durability {
    @TaskLocal package static var isDurable = false
}
