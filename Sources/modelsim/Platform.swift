#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// The few things that are asked of the operating system itself.
enum Platform {
    static var millisecondsSinceEpoch: Int64 {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000
    }

    /// Raises the soft limit on open files to the hard one, so that thousands of connections fit.
    static func raiseOpenFileLimit() {
        #if canImport(Darwin)
            let resource = RLIMIT_NOFILE
        #else
            let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        #endif
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        // A refusal leaves the limit that stood before, which serves fewer connections but serves.
        _ = setrlimit(resource, &limit)
    }

    /// Ends the process with status 0 at once on SIGTERM and SIGINT: the simulator has nothing to put in order.
    static func exitOnTerminationSignals() {
        for number in [SIGTERM, SIGINT] { signal(number) { _ in _exit(0) } }
    }

    /// Writes a line to standard output, past any buffer.
    static func announce(_ line: String) {
        print(line)
        fflush(nil)
    }

    /// Writes a line to standard error.
    static func complain(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        _ = write(2, bytes, bytes.count)
    }

    /// The bytes of a file, or nil when it can't be read.
    static func contents(ofFile path: String) -> [UInt8]? {
        guard let file = fopen(path, "rb") else { return nil }
        defer { fclose(file) }
        var contents: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = fread(&block, 1, block.count, file)
            guard count > 0 else { break }
            contents += block[..<count]
        }
        return ferror(file) == 0 ? contents : nil
    }
}
