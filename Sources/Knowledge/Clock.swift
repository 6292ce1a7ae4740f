package import Foundation

/// The wall clock, injected so that tests choose the time.
package protocol WallClock: Sendable {
    /// Now, in whole milliseconds, as the database keeps it.
    var now: Date { get }
}

package struct SystemClock: WallClock {
    package init() {}

    package var now: Date {
        Date(timeIntervalSince1970: (Date.now.timeIntervalSince1970 * 1000).rounded(.down) / 1000)
    }
}

extension WallClock {
    /// A fresh id that sorts by now.
    package func makeID() -> String { Identifier.make(at: Int64(now.timeIntervalSince1970 * 1000)) }
}
