/// The names by which a machine calls itself.
package enum Loopback {
    private static let names: Set<String> = ["localhost", "127.0.0.1", "[::1]"]

    /// - Parameter host: as in a `Host` header, with or without a port.
    package static func isName(_ host: some StringProtocol) -> Bool {
        names.contains(name(host).lowercased())
    }

    /// Whether a stranger's name server could make that host lead here (DNS rebinding). Addresses are asked of none, and names
    /// without a dot of the local network alone.
    ///
    /// - Parameter host: as in a `Host` header, with or without a port.
    package static func isPublicName(_ host: some StringProtocol) -> Bool {
        let name = name(host)
        let isAddress = name.hasPrefix("[") || name.allSatisfy { "0123456789.".contains($0) }
        return name.contains(".") && !isAddress
    }

    /// Without the port.
    private static func name<Host: StringProtocol>(_ host: Host) -> Host.SubSequence {
        // The last colon stands before the port, unless it is inside of an IPv6 address.
        let colon = host.lastIndex(of: ":").flatMap { host[$0...].contains("]") ? nil : $0 }
        return host[..<(colon ?? host.endIndex)]
    }
}
