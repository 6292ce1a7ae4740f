import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Places at which a test lets the process die, as if by SIGKILL: where the recovery is most delicate.
package enum CrashPoint {
    /// The names that `POSTWRIGHT_CRASH_AT` takes.
    package static let names = [
        "accepted", "claimed", "step.started", "step.answered", "step.finished", "post.saved", "plan.saved", "document.activated",
        "operation.ended",
    ]

    /// The armed place, and how often it is still passed before the process dies there.
    private static let armed = Mutex<(name: String, count: Int)?>(nil)

    package static func arm(_ name: String, count: Int) { armed.withLock { $0 = (name, count) } }

    package static func reach(_ name: String) {
        let dies = armed.withLock { armed in
            guard armed?.name == name else { return false }
            armed?.count -= 1
            return armed?.count == 0
        }
        if dies { kill(getpid(), SIGKILL) }
    }
}
