package import Knowledge

/// What a watcher of an operation is told. Indirect: all watchers share one state, and a stream that waits holds a pointer to it.
package indirect enum OperationNews: Sendable {
    case state(Operation)
    /// Nothing is new; a reader that is gone is found out by it.
    case signOfLife
    /// The operation is not there any more; the last that is told.
    case gone

    package var operation: Operation? {
        if case .state(let operation) = self { operation } else { nil }
    }
}
