import Foundation

/// How many files and connections the process may have open.
enum DescriptorLimit {
    /// Of what the system allows, as many as are ever of use.
    private static let wanted: rlim_t = 65_536

    /// Where the usual limit is 1,024, most of the connections that the settings allow would not be accepted.
    ///
    /// Source: getrlimit(2), `RLIMIT_NOFILE`.
    static func raise() {
        var limits = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limits) == 0, limits.rlim_cur < wanted else { return }
        limits.rlim_cur = min(limits.rlim_max, wanted)
        // Where that is refused the limit stays as it was.
        _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limits)
    }
}
