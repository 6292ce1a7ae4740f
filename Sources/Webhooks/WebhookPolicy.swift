// Webhooks: workspaces are told of operations that end, by signed requests to addresses of theirs. It knows the ports of
// Knowledge only; who sends is given to it.

import Foundation

/// Where a deployment's webhooks may go.
package struct WebhookPolicy: Sendable, Hashable {
    /// Host names in lower case; `*` for all of them.
    package var hosts: Set<String>
    /// Loopback, private and link-local ones. The address that a name leads to is looked at when the connection is
    /// made, so that a name cannot lead elsewhere after it was allowed.
    package var allowsPrivateAddresses: Bool

    package init(hosts: Set<String>, allowsPrivateAddresses: Bool) {
        self.hosts = hosts
        self.allowsPrivateAddresses = allowsPrivateAddresses
    }

    package var isOff: Bool { hosts.isEmpty }

    /// Why nothing may be sent to the address; nil when it may.
    package func objection(to text: String) -> String? {
        guard text.utf8.count <= 2_000, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }), let url = URLComponents(string: text),
            let host = url.host?.lowercased(), !host.isEmpty
        else { return "is no URL" }
        guard url.user == nil, url.password == nil else { return "must not hold a user name or a password" }
        guard url.fragment == nil else { return "must not have a fragment" }
        guard url.scheme == "https" || url.scheme == "http" && allowsPrivateAddresses else { return "must begin with https://" }
        if let port = url.port, !(1...65_535).contains(port) { return "has a port that no host has" }
        guard hosts.contains("*") || hosts.contains(host) else { return "leads to a host that this deployment does not send webhooks to" }
        return nil
    }
}
