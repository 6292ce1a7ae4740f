/// A failed call to a store, by what the caller can do.
package enum StoreError: Error, Sendable, Hashable {
    /// Ask again later; nothing is known to have been written.
    case unavailable
    /// Another writer was first, or the id is taken.
    case conflict
    /// The record cannot be stored as it is: too large, or holding what the database refuses.
    case invalid(String)
    /// A stored record cannot be read, or the store refuses the command: a defect, not the client's fault.
    case corrupt(String)
}
