/// The names by which a machine calls itself.
package enum Loopback {
    private static let names: Set<String> = ["localhost", "127.0.0.1", "[::1]"]

    /// - Parameter host: as in a `Host` header, with or without a port.
    package static func isName(_ host: some StringProtocol) -> Bool {
        // The last colon stands before the port, unless it is inside of an IPv6 address.
        let colon = host.lastIndex(of: ":").flatMap { host[$0...].contains("]") ? nil : $0 }
        return names.contains(host[..<(colon ?? host.endIndex)].lowercased())
    }
}
