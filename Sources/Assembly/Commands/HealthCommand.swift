import Transfer

/// Asks a running service how it is.
package enum HealthCommand {
    package static func run(_ settings: Settings, path: String) async -> Bool {
        // A service that listens on every address is asked on this machine's own.
        let host = ["0.0.0.0", "::"].contains(settings.host) ? "127.0.0.1" : settings.host
        var timeouts = TransferTimeouts()
        (timeouts.connect, timeouts.total) = (.seconds(2), .seconds(4))
        let url = "http://\(host.contains(":") ? "[\(host)]" : host):\(settings.port)\(path)"
        do {
            let response = try await TransferClient().send(TransferRequest(url: url, timeouts: timeouts))
            if response.status == 200 { return true }
            Console.warn("postwright: \(url) answers \(response.status)")
        } catch {
            Console.warn("postwright: \(url): \(error)")
        }
        return false
    }
}
